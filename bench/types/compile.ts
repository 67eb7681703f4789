import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** What one compilation cost. Times in milliseconds, memory in bytes. */
export interface Measurement {
  readonly totalTime: number
  readonly checkTime: number
  readonly memory: number
  readonly types: number
  readonly instantiations: number
}

const MANIFEST = createRequire(import.meta.url).resolve('typescript/package.json')

/** Type-checks the project of a folder with the repository's compiler. Rejects if it has an error. */
export async function compile(folder: string): Promise<Measurement> {
  const tsc = join(dirname(MANIFEST), 'bin', 'tsc')
  const { stdout } = await run(process.execPath, [tsc, '--noEmit', '--extendedDiagnostics', '-p', folder])
  return {
    totalTime: Math.round(diagnostic(stdout, 'Total time') * 1000),
    checkTime: Math.round(diagnostic(stdout, 'Check time') * 1000),
    memory: diagnostic(stdout, 'Memory used') * 1024,
    types: diagnostic(stdout, 'Types'),
    instantiations: diagnostic(stdout, 'Instantiations'),
  }
}

export function typescriptVersion(): string {
  return JSON.parse(readFileSync(MANIFEST, 'utf8')).version
}

const execute = promisify(execFile)

/** The compiler tells its errors on its standard output, which a plain rejection does not show. */
async function run(command: string, args: string[]): Promise<{ stdout: string }> {
  try {
    return await execute(command, args)
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    throw new Error(`the generated app does not compile:\n${stdout}`, { cause: error })
  }
}

function diagnostic(output: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+([0-9.]+)[sK]?$`, 'm').exec(output)?.[1]
  if (value === undefined) throw new Error(`the compiler reports no '${name}':\n${output}`)
  return Number(value)
}
