import { writeFile } from 'node:fs/promises'
import { createCases, FULL, SHORT } from './cases/index.ts'
import { compareWith, readExpectations, writeExpectation } from './expected.ts'
import { isPassed } from './judge.ts'
import { isChosen, type Options, parseOptions, USAGE } from './options.ts'
import { formatReport, tally } from './report.ts'
import { type Result, type Role, runCases } from './run.ts'
import { type RunningTestee, startProcess } from './testees/process.ts'

/** A testee that answers nothing at all would take its full time for every case. */
const MAX_FAILURES = 50

const options = readOptions()
if (options !== undefined) process.exitCode = await main(options)

/** Runs what the options ask for. Resolves to the exit code: 1 when anything differs from what is expected. */
async function main(options: Options): Promise<number> {
  const outcomes: Outcome[] = []
  for (const name of options.testees) {
    const testee = await startProcess(name)
    try {
      for (const role of options.roles) {
        if (hasRole(testee, role)) outcomes.push(await runRole(testee, role, options))
      }
    } finally {
      await testee.stop()
    }
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(outcomes, undefined, 2)}\n`)
  return outcomes.length > 0 && outcomes.every(({ differences }) => differences.length === 0) ? 0 : 1
}

interface Outcome {
  readonly testee: string
  readonly role: Role
  readonly results: readonly Result[]
  /** From the committed expectation. */
  readonly differences: readonly string[]
}

async function runRole(testee: RunningTestee, role: Role, options: Options): Promise<Outcome> {
  const started = performance.now()
  const cases = createCases(options.full ? FULL : SHORT).filter(({ number }) => isChosen(number, options.only))
  let failures = 0
  const results = await runCases(cases, testee, {
    role,
    ...options,
    onResult: (result) => (!isPassed(result) && ++failures === MAX_FAILURES ? 'stop' : 'continue'),
  })
  if (options.update && results.length === cases.length) await writeExpectation(testee.name, role, results)
  const expectations = await readExpectations(testee.name)
  const differences = compareWith(expectations[role], results, options.only.length === 0)
  const { passed, unimplemented, failed } = tally(results)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`\n${testee.name} as ${role}\n${formatReport(results)}`)
  if (results.length < cases.length) console.log(`stopped after ${MAX_FAILURES} failures`)
  for (const difference of differences) console.log(`differs: ${difference}`)
  const counts = [`${passed} passed`, `${failed} failed`, `${unimplemented} unimplemented`]
  console.log(`${testee.name} as ${role}: ${counts.join(', ')}, ${differences.length} not as expected, ${seconds} s`)
  return { testee: testee.name, role, results, differences }
}

function hasRole(testee: RunningTestee, role: Role): boolean {
  return role === 'server' ? testee.port !== undefined : testee.canDial
}

function readOptions(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return undefined
  }
}
