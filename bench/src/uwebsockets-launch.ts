import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Launch } from './peers.ts'
import { scratchDirectory } from './scratch.ts'

const run = promisify(execFile)

/** A package of its own, outside the workspace: 98 MB that only a benchmark needs. */
const DIRECTORY = fileURLToPath(new URL('../uwebsockets', import.meta.url))
const INSTALL_TIMEOUT = 120_000

/**
 * How to start the uWebSockets.js server. Its binary may not load on this Node, so the server is bundled to JavaScript
 * that an older Node on the machine can run. Rejects where no Node loads it.
 */
export async function launchUwebsockets(): Promise<Launch> {
  if (!isUwebsocketsInstalled()) {
    await run('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--ignore-scripts', '--ignore-workspace'], {
      cwd: DIRECTORY,
      timeout: INSTALL_TIMEOUT,
    })
  }
  const command = await findNode()
  const script = join(scratchDirectory(), 'uwebsockets.cjs')
  await build({
    entryPoints: [fileURLToPath(new URL('servers/uwebsockets.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    outfile: script,
    logLevel: 'error',
  })
  return { command, args: ['--expose-gc', script, DIRECTORY] }
}

/** Whether the package is there already, so that nothing needs to be fetched. */
export function isUwebsocketsInstalled(): boolean {
  return existsSync(join(DIRECTORY, 'node_modules', 'uwebsockets'))
}

/** This Node if it loads the binary, else the first one on the path that is not a package's own. */
async function findNode(): Promise<string> {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .map((directory) => join(directory, 'node'))
    .filter((node) => existsSync(node))
  let reason = ''
  for (const node of [process.execPath, ...onPath]) {
    try {
      await run(node, ['-e', 'require("uwebsockets")'], { cwd: DIRECTORY })
      return node
    } catch (error) {
      reason = /^Error: .*(?:GLIBC|Cannot|cannot).*$/m.exec(String(error))?.[0] ?? 'no Node here loads it'
    }
  }
  throw new Error(reason)
}
