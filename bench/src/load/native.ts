import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Compiles `generator.c` into a directory, and answers where it is, or `undefined` where there is no C compiler or no epoll. */
export async function compileGenerator(directory: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const output = join(directory, 'generator')
  const source = fileURLToPath(new URL('generator.c', import.meta.url))
  try {
    await run('gcc', ['-O2', '-o', output, source], { timeout: 60_000 })
    return output
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
