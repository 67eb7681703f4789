import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { DEFAULT_TESTEES } from '../conformance/src/testees/index.ts'
import { ROOT } from '../scripts/workspace.ts'
import '../docs/snippets/rooms-test.ts'
import '../docs/snippets/contracts.ts'
import '../docs/snippets/testing.ts'

/** Those that hold tests, a program of its own, or code for a browser. */
const WITHOUT_APPS = ['browser.ts', 'contracts.ts', 'first-route.ts', 'rooms-test.ts', 'testing.ts']

const files = globSync('docs/snippets/*.ts', { cwd: ROOT }).filter((file) => !WITHOUT_APPS.includes(basename(file)))

describe.each(files.sort())('the apps of %s', async (file) => {
  const builders = Object.entries(await import(join(ROOT, file))).filter(isBuilder)

  it.each(builders)('%s gets ready', async (_, build) => {
    await using app = await build()
    await expect(app.ready()).resolves.toBe(app)
  })
})

function isBuilder(entry: [string, unknown]): entry is [string, () => Promise<FastifyInstance>] {
  return typeof entry[1] === 'function' && entry[1].length === 0
}

it('gives the results of the conformance cases that are expected', () => {
  const page = readFileSync(join(ROOT, 'docs/engine.md'), 'utf8')
  const rows = globSync('conformance/expected/*.json', { cwd: ROOT })
    .filter((file) => DEFAULT_TESTEES.includes(basename(file, '.json')))
    .flatMap((file) => Object.entries(readJson(file)).map(([role, results]) => rowOf(file, role, results)))
  expect(page).toContain(rows.sort().join('\n'))
})

it('names only threats that a test covers', () => {
  const page = readFileSync(join(ROOT, 'docs/security/threat-model.md'), 'utf8')
  const titles = globSync('packages/*/test/**/*.test.ts', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n')
  expect(threatsOf(page).filter((id) => !titles.includes(id))).toEqual([])
})

/** Ids, and ranges of them: `OR-01 to OR-09`. */
function threatsOf(page: string): string[] {
  const ranges = page.matchAll(/\b([A-Z]{2})-(\d\d)(?: to \1-(\d\d))?/g)
  return Array.from(ranges).flatMap(([, group, first, last = first]) => {
    const length = Number(last) - Number(first) + 1
    return Array.from({ length }, (_, index) => `${group}-${String(Number(first) + index).padStart(2, '0')}`)
  })
}

interface RoleResults {
  readonly cases: number
  /** The verdicts of all cases that are not simply OK. */
  readonly exceptions: Readonly<Record<string, string>>
}

function readJson(file: string): Readonly<Record<string, RoleResults>> {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
}

function rowOf(file: string, role: string, { cases, exceptions }: RoleResults): string {
  const verdicts = Object.values(exceptions)
  const count = (verdict: string) => verdicts.filter((each) => each.startsWith(verdict)).length
  const counts = [cases, cases - verdicts.length, count('NON-STRICT'), count('INFORMATIONAL'), count('FAILED')]
  return `| \`${basename(file, '.json')}\` | ${role} | ${counts.join(' | ')} |`
}
