import { runNaiveTrials } from './naive-trials.ts'
import { runProtocolTrials } from './protocol-trials.ts'
import type { Trials } from './trials.ts'

// An exception of a faulty testee is part of its fault: the case waits for it in vain, and fails.
process.on('uncaughtException', () => {})

let isFlawless = true
for (const run of [runNaiveTrials, runProtocolTrials]) {
  const started = performance.now()
  const trials = await run()
  report(trials, (performance.now() - started) / 1_000)
  if (trials.flaws.length > 0) isFlawless = false
}
process.exitCode = isFlawless ? 0 : 1

function report({ subject, faults, caught, flaws }: Trials, seconds: number): void {
  for (const flaw of flaws) console.log(flaw)
  console.log(
    `${subject}: ${caught} of ${faults} faults caught, ${flaws.length} not as expected, ${seconds.toFixed(1)} s`,
  )
}
