import { setTimeout } from 'node:timers/promises'
import { Control } from './control.ts'
import { checkLeaks, warmUp } from './leak-check.ts'
import { Peer } from './peer.ts'
import type { Scenario } from './scenario.ts'
import { ServerProcess } from './server/process.ts'
import { Trial, type TrialOptions } from './trial.ts'

export interface Outcome {
  readonly name: string
  readonly threats: readonly string[]
  readonly figures: readonly string[]
  /** What did not hold. Empty when all is well. */
  readonly broken: readonly string[]
}

/** In which a scenario has to be through, in milliseconds: for one that hangs. */
const MAX_DURATION = 240_000

/** Runs one scenario against a server of its own. Never rejects: what goes wrong is an invariant that broke. */
export async function runScenario(scenario: Scenario, options: TrialOptions): Promise<Outcome> {
  const { name, threats } = scenario
  const server = await ServerProcess.start(name)
  const trial = new Trial(server, options)
  const overtime = new AbortController()
  const tooLong = setTimeout(MAX_DURATION, undefined, { signal: overtime.signal, ref: false }).then(() => {
    throw new Error(`not through after ${MAX_DURATION / 1_000} s`)
  })
  try {
    await Promise.race([attempt(scenario, trial), tooLong, crashOf(server)])
  } catch (error) {
    trial.broken.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  } finally {
    overtime.abort()
    tooLong.catch(() => {})
    trial.leave()
    server.kill()
  }
  return { name, threats, figures: trial.figures, broken: trial.broken }
}

async function attempt(scenario: Scenario, trial: Trial): Promise<void> {
  const { server } = trial
  await warmUp(trial)
  const peer = await Peer.open(server.port, { path: '/control' })
  const control = new Control(peer)
  const before = await server.read()
  await scenario.run(trial)
  await checkLeaks(trial, before)
  await control.stop()
  trial.equal('the control connection', control.fault, null)
  trial.figure(`${control.answered} control echoes, the slowest ${Math.round(control.slowest)} ms`)
  await checkEnd(trial, peer)
}

/** A server that is told to end tells the peer that is left, and ends by itself. */
async function checkEnd(trial: Trial, peer: Peer): Promise<void> {
  const [exit, code] = await Promise.all([trial.server.end(), peer.closed])
  trial.equal('the exit code', exit, 0)
  trial.equal('the close code of the control connection', code, 1001)
}

/** Rejects when the server is gone with anything but 0. */
async function crashOf({ exited }: ServerProcess): Promise<never> {
  const end = await exited
  if (end === 0) return new Promise(() => {})
  throw new Error(`the server ended with ${end}`)
}
