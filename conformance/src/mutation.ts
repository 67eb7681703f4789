import { createCases, SHORT } from './cases/index.ts'
import { concurrently } from './concurrently.ts'
import { isChosen } from './options.ts'
import { formatReport, tally } from './report.ts'
import { type Result, type Role, runCases } from './run.ts'
import { createNaive } from './testees/naive.ts'
import { type Fault, NAIVE_FAULTS } from './testees/naive-faults.ts'
import { startInProcess } from './testees/process.ts'

/** Everything that is quick, and what a fault names. */
const CHOSEN = ['1', '2', '3', '4', '5', '6', '7', '10', '100', ...NAIVE_FAULTS.map(({ caughtBy }) => caughtBy)]
const ROLES: readonly Role[] = ['server', 'client']

const cases = createCases(SHORT).filter(({ number }) => isChosen(number, CHOSEN))
const trials = ROLES.flatMap((role) =>
  NAIVE_FAULTS.filter(({ only }) => only === undefined || only === role).map((fault) => ({ fault, role })),
)

const started = performance.now()
const misses: string[] = []
for (const role of ROLES) misses.push(...(await checkFaultless(role)))
await concurrently(trials, 16, async ({ fault, role }) => {
  misses.push(...(await checkCaught(fault, role)))
  return 'continue'
})
const seconds = ((performance.now() - started) / 1_000).toFixed(1)
for (const miss of misses) console.log(miss)
console.log(`${NAIVE_FAULTS.length} faults, ${trials.length} trials, ${misses.length} wrong, ${seconds} s`)
process.exitCode = misses.length === 0 ? 0 : 1

/** Without a fault every case has to pass, or catching one would prove nothing. Resolves to what is wrong. */
async function checkFaultless(role: Role): Promise<string[]> {
  const results = await runNaive(undefined, role, cases, 10_000)
  return tally(results).failed === 0 ? [] : [`naive as ${role} without a fault:\n${formatReport(results)}`]
}

/** The case that the fault names has to fail. Resolves to what is wrong. */
async function checkCaught(fault: Fault, role: Role): Promise<string[]> {
  const chosen = cases.filter(({ number }) => number === fault.caughtBy)
  // Long enough for loopback, short enough to wait in vain for what a fault leaves out.
  const { failed } = tally(await runNaive(fault, role, chosen, 1_000))
  return failed === 1 ? [] : [`missed as ${role}: '${fault.name}' is not caught by ${fault.caughtBy}`]
}

async function runNaive(
  fault: Fault | undefined,
  role: Role,
  chosen: typeof cases,
  patience: number,
): Promise<readonly Result[]> {
  const testee = await startInProcess(createNaive(fault))
  try {
    return await runCases(chosen, testee, { role, patience, concurrency: 12 })
  } finally {
    await testee.stop()
  }
}
