import { createApi } from '@sluice/core'
import { scenario } from '../scenario.ts'

/** The share of clients that do not answer a close frame. */
const MUTE = 0.01
/** In which `drain` has to be through after its timeout, in milliseconds. */
const GRACE = 1_000

export const drain = scenario('SD-01 SD-02 SD-07 SD-10 a drain with clients that do not answer', {
  name: 'drain',
  // A peer that is mute is cut by the drain, not before.
  options: { limits: { closeTimeout: 600_000 } },
  async serve(app) {
    const api = createApi()
    api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
    await app.register(api)
    return {
      async drain(timeout) {
        const start = performance.now()
        await api.drain({ timeout })
        return performance.now() - start
      },
    }
  },
  async run(trial) {
    const clients = trial.size(5_000, 500)
    const timeout = trial.size(10_000, 1_500)
    const mutes = Math.ceil(clients * MUTE)
    const peers = await trial.openMany(clients, (index) => ({ path: '/ws', isMute: index < mutes }))
    const start = performance.now()
    const drained = trial.server.call<number>('drain', timeout)
    const ends = await Promise.all(
      peers.map(async ({ ended, closed }) => {
        const code = await closed
        await ended
        return { code, at: performance.now() - start }
      }),
    )
    const took = await drained
    const last = Math.max(...ends.slice(mutes).map(({ at }) => at))
    trial.equal('codes', Object.keys(Object.groupBy(ends, ({ code }) => code)), ['1001'])
    trial.atMost('the last that answers is gone after', last, timeout, ' ms')
    trial.atMost('done after', took, timeout + GRACE, ' ms')
    trial.figure(`${clients} told 1001, ${mutes} of them mute`)
    const denied = await trial.open({ path: '/ws' }).then(
      () => 101,
      ({ status }) => status,
    )
    trial.equal('a handshake after the drain', denied, 503)
  },
})
