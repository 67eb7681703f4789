import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let directory: string | undefined

/** A directory of this run's own for what it compiles. It is gone when the run ends. */
export function scratchDirectory(): string {
  if (directory === undefined) {
    const created = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    process.on('exit', () => rmSync(created, { recursive: true, force: true }))
    directory = created
  }
  return directory
}
