/** Runs the scenarios. Ends with status 1 when an invariant breaks. */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { type Options, parseOptions, USAGE } from './options.ts'
import { type Outcome, runScenario } from './run.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios/index.ts'

const options = readOptions()
if (options !== undefined) process.exitCode = await main(options)

async function main({ only, seed, short, list, json }: Options): Promise<number> {
  const chosen = SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))
  if (list) {
    for (const { name, title } of chosen) console.log(`${name.padEnd(22)} ${title}`)
    return 0
  }
  const date = new Date().toISOString().slice(0, 10)
  const size = short ? 'short' : 'full'
  console.log(`${date}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${size}, seed ${seed}`)
  const outcomes: Outcome[] = []
  for (const scenario of chosen) outcomes.push(await runAndTell(scenario, seed, short))
  const failed = outcomes.filter(({ broken }) => broken.length > 0).length
  const passed = outcomes.length - failed
  console.log(`${passed} held, ${failed} broke`)
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ passed, failed, seed, outcomes }, undefined, 2)}\n`)
  return failed === 0 ? 0 : 1
}

async function runAndTell(scenario: Scenario, seed: number, isShort: boolean): Promise<Outcome> {
  const start = performance.now()
  const outcome = await runScenario(scenario, { seed, isShort })
  const { name, threats, figures, broken } = outcome
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  const verdict = broken.length === 0 ? 'ok    ' : 'BROKEN'
  console.log(`${verdict} ${name} (${threats.join(' ')}) ${seconds} s: ${figures.join('; ')}`)
  for (const invariant of broken) console.log(`       ${invariant}`)
  if (broken.length > 0) {
    console.log(`       again: npx -y pnpm@12 stress --only ${name} --seed ${seed}${isShort ? ' --short' : ''}`)
  }
  return outcome
}

function readOptions(): Options | undefined {
  try {
    return parseOptions(
      process.argv.slice(2),
      SCENARIOS.map(({ name }) => name),
    )
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return undefined
  }
}
