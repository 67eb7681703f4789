import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The root of the repository. */
export const ROOT = dirname(import.meta.dirname)

/** Where a build leaves the tarballs that npm would publish. */
export const TARBALLS = join(ROOT, 'dist', 'tarballs')

/** The part of a `package.json` that the scripts read. */
export interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A published package of the workspace. */
export interface Package {
  /** The name of its folder. */
  readonly folder: string
  readonly directory: string
  readonly manifest: Manifest
}

/** The packages that have an entry point, in alphabetical order. */
export function readPackages(): Package[] {
  const entries = globSync('packages/*/src/index.ts', { cwd: ROOT }).sort()
  return entries.map((entry) => {
    const directory = join(ROOT, dirname(dirname(entry)))
    return { folder: basename(directory), directory, manifest: readManifest(directory) }
  })
}

/** Reads the `package.json` of a folder. */
export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
}
