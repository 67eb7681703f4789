import { createCases, SHORT } from '../cases/index.ts'
import { isChosen } from '../options.ts'
import { type Result, type Role, type RunOptions, runCases } from '../run.ts'
import { startInProcess } from '../testees/process.ts'
import type { Testee } from '../testees/testee.ts'

/** What came of the trials of one subject and its faults. */
export interface Trials {
  readonly subject: string
  readonly faults: number
  readonly caught: number
  /** Everything that is not as expected, a line each. */
  readonly flaws: readonly string[]
}

export const ROLES: readonly Role[] = ['server', 'client']

/** How long to wait: for a testee that is right, and in vain for what a fault leaves out. */
export const PATIENCE = { faultless: 10_000, faulty: 1_000 }

const ALL_CASES = createCases(SHORT)

/** The cases whose numbers begin so. */
export function casesOf(...numbers: readonly string[]) {
  return ALL_CASES.filter(({ number }) => isChosen(number, numbers))
}

/** Everything that is quick, but for the waits of 6.4. */
export const QUICK_CASES = casesOf('1', '2', '3', '4', '5', '6', '7', '10', '100').filter(
  ({ number }) => !isChosen(number, ['6.4']),
)

/** Starts a testee in this process, runs cases against it, and stops it. */
export async function runTrial(
  testee: Testee,
  cases: typeof QUICK_CASES,
  options: Omit<RunOptions, 'concurrency'>,
): Promise<readonly Result[]> {
  const running = await startInProcess(testee)
  try {
    return await runCases(cases, running, { ...options, concurrency: 12 })
  } finally {
    await running.stop()
  }
}
