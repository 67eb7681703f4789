import { concurrently } from '../concurrently.ts'
import { formatReport, tally } from '../report.ts'
import type { Role } from '../run.ts'
import { createNaive } from '../testees/naive.ts'
import { type Fault, NAIVE_FAULTS } from '../testees/naive-faults.ts'
import { casesOf, PATIENCE, QUICK_CASES, ROLES, runTrial, type Trials } from './trials.ts'

/** The naive testee: right without a fault, and each fault is caught by the one case that it names. */
export async function runNaiveTrials(): Promise<Trials> {
  const flaws: string[] = []
  for (const role of ROLES) flaws.push(...(await checkFaultless(role)))
  const missed = new Set<Fault>()
  await concurrently(trials(), 16, async ({ fault, role }) => {
    if (await isCaught(fault, role)) return 'continue'
    missed.add(fault)
    flaws.push(`missed as ${role}: '${fault.name}' is not caught by ${fault.caughtBy}`)
    return 'continue'
  })
  return { subject: 'naive', faults: NAIVE_FAULTS.length, caught: NAIVE_FAULTS.length - missed.size, flaws }
}

function trials() {
  return ROLES.flatMap((role) =>
    NAIVE_FAULTS.filter(({ only }) => only === undefined || only === role).map((fault) => ({ fault, role })),
  )
}

/** Without a fault every case has to pass, or catching one would prove nothing. Resolves to what is wrong. */
async function checkFaultless(role: Role): Promise<string[]> {
  const cases = [...QUICK_CASES, ...casesOf(...NAIVE_FAULTS.map(({ caughtBy }) => caughtBy))]
  const results = await runTrial(createNaive(), cases, { role, patience: PATIENCE.faultless })
  return tally(results).failed === 0 ? [] : [`naive as ${role} without a fault:\n${formatReport(results)}`]
}

async function isCaught(fault: Fault, role: Role): Promise<boolean> {
  const results = await runTrial(createNaive(fault), casesOf(fault.caughtBy), { role, patience: PATIENCE.faulty })
  return tally(results).failed === 1
}
