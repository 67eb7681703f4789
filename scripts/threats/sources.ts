import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../workspace.ts'
import type { Threats } from './survey.ts'

/** Reads the list of threats. */
export function readThreats(): Threats {
  return JSON.parse(readFileSync(join(ROOT, 'test', 'threats.json'), 'utf8'))
}

/** Reads every file that may hold tests, by its path from the root of the repository. */
export function readSources(): Record<string, string> {
  const files = globSync(['packages/*/{test,fuzz}/**/*.ts', '{bench,conformance,examples,stress,test}/**/*.ts'], {
    cwd: ROOT,
    exclude: ['**/node_modules', '**/dist'],
  })
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
}
