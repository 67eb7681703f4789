import { expect, it } from 'vitest'
import { runScenario } from '../src/run.ts'
import { findScenario } from '../src/scenarios/index.ts'
import { inUse } from '../src/server/reading.ts'
import type { Trial } from '../src/trial.ts'

const OPTIONS = { seed: 1, isShort: true }
/** The server of a scenario, and something else that is done with it. */
const withServer = (run: (trial: Trial) => Promise<void>) =>
  runScenario({ ...findScenario('fragment-bombs'), run }, OPTIONS)

it('holds when nothing happens', async () => {
  const { broken } = await withServer(async () => {})
  expect(broken).toEqual([])
})

it('says which invariant broke, what was thrown, and what is no number', async () => {
  const { broken } = await withServer(async (trial) => {
    trial.equal('the answer', 41, 42)
    trial.atMost('the cost', Number.NaN, 1, ' B')
    await trial.open({ path: '/nowhere' })
  })
  expect(broken).toEqual(['the answer: 41, not 42', 'the cost NaN of at most 1 B', 'Denied: denied with 404'])
})

it('notices a server that is killed', async () => {
  const { broken } = await withServer(async ({ server }) => server.kill())
  expect(broken).toEqual([expect.stringContaining('the server')])
})

it('reads what the server holds', async () => {
  await withServer(async (trial) => {
    const before = await trial.server.read()
    await trial.openMany(20, () => ({ path: '/ws' }))
    const after = await trial.server.read()
    expect(after.connections - before.connections).toBe(20)
    expect(after.sockets - before.sockets).toBe(20)
    expect(inUse(after)).toBeGreaterThan(inUse(before))
  }).then(({ broken }) => expect(broken).toEqual([]))
})
