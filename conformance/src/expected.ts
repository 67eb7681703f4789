import { readFile, writeFile } from 'node:fs/promises'
import type { Result, Role } from './run.ts'

/** What is expected of one testee in one role: every case OK with a good close, apart from these. */
export interface Expectation {
  readonly cases: number
  /** By the number of the case; for example `NON-STRICT, close OK`. */
  readonly exceptions: Readonly<Record<string, string>>
}

/** The expectations of one testee by its role, as committed. */
export type Expectations = Partial<Record<Role, Expectation>>

/** The committed expectations of a testee; none when there is no file yet. */
export async function readExpectations(testee: string): Promise<Expectations> {
  try {
    return JSON.parse(await readFile(fileOf(testee), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Commits the results as what is expected from now on. */
export async function writeExpectation(testee: string, role: Role, results: readonly Result[]): Promise<void> {
  const expectations = { ...(await readExpectations(testee)), [role]: expectationOf(results) }
  await writeFile(fileOf(testee), `${JSON.stringify(expectations, undefined, 2)}\n`)
}

/** What differs from the expectation, for better or worse, a line each. Part of the cases is compared with its part. */
export function compareWith(
  expectation: Expectation | undefined,
  results: readonly Result[],
  isWhole: boolean,
): string[] {
  if (expectation === undefined) return ['there is no committed expectation: write it with --update']
  const differences = results.flatMap((result) => {
    const expected = expectation.exceptions[result.number] ?? GOOD
    return summaryOf(result) === expected ? [] : `${result.number}: ${summaryOf(result)}; expected: ${expected}`
  })
  if (isWhole && results.length !== expectation.cases) {
    differences.push(`${results.length} cases ran; expected: ${expectation.cases}`)
  }
  return differences
}

const GOOD = 'OK, close OK'

function expectationOf(results: readonly Result[]): Expectation {
  const exceptions = results.filter((result) => summaryOf(result) !== GOOD)
  return {
    cases: results.length,
    exceptions: Object.fromEntries(exceptions.map((result) => [result.number, summaryOf(result)])),
  }
}

function summaryOf({ verdict, closeVerdict }: Result): string {
  return `${verdict}, close ${closeVerdict}`
}

function fileOf(testee: string): URL {
  return new URL(`../expected/${testee}.json`, import.meta.url)
}
