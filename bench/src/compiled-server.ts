import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const SOURCES = fileURLToPath(new URL('servers', import.meta.url))
/** Within the package, so that what a server imports is found from there. */
const TARGET = fileURLToPath(new URL('../dist', import.meta.url))

const compiled = new Map<string, Promise<string>>()
let directory: string | undefined

/**
 * Compiles a server to JavaScript, once, as its users would: Node's own stripping of types keeps megabytes in memory, through
 * which each collection of garbage goes again.
 * @returns the path of the script
 */
export function compileServer(name: string): Promise<string> {
  const known = compiled.get(name) ?? compile(name)
  compiled.set(name, known)
  return known
}

async function compile(name: string): Promise<string> {
  const script = join(targetDirectory(), `${parse(name).name}.js`)
  await build({
    entryPoints: [join(SOURCES, name)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    outfile: script,
    logLevel: 'error',
  })
  return script
}

/** Of this run's own: another may be under way. */
function targetDirectory(): string {
  if (directory === undefined) {
    mkdirSync(TARGET, { recursive: true })
    const created = mkdtempSync(join(TARGET, 'servers-'))
    process.on('exit', () => rmSync(created, { recursive: true, force: true }))
    directory = created
  }
  return directory
}
