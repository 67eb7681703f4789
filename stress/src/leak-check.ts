import { setTimeout } from 'node:timers/promises'
import { inUse, type ServerReading } from './server/reading.ts'
import type { Trial } from './trial.ts'

/** How many bytes more may be in use after a scenario than before it: compiled code and caches of bounded size. */
const MAX_GROWTH = 4_000_000
/** For what still has to be closed, in milliseconds. */
const PATIENCE = 20_000
const POLL = 50
const WARM_UP = 200

/** Connections that come and go before the first reading, so that what is made once is made. */
export async function warmUp(trial: Trial): Promise<void> {
  const peers = await trial.openMany(WARM_UP, () => ({ path: '/control' }))
  await Promise.all(
    peers.map((peer) => {
      const echo = new Promise<void>((resolve) => {
        peer.onMessage = () => resolve()
      })
      peer.send('warm')
      return echo
    }),
  )
  trial.leave()
  await readUntil(trial, ({ connections, sockets }) => connections === 0 && sockets === 0)
}

/** Cuts all peers of the scenario, and requires that the server is what it was before. */
export async function checkLeaks(trial: Trial, before: ServerReading): Promise<void> {
  trial.leave()
  const isBack = ({ connections, sockets }: ServerReading) => connections === 1 && sockets === 1
  const isSmall = (reading: ServerReading) => inUse(reading) - inUse(before) <= MAX_GROWTH
  const after = await readUntil(trial, (reading) => isBack(reading) && isSmall(reading))
  trial.equal('connections that are left', after.connections, 1)
  trial.equal('sockets that are left', after.sockets, 1)
  trial.equal('errors of handlers', after.handlerErrors, 0)
  trial.equal('unhandled rejections', after.rejections, [])
  trial.equal('errors in the log', after.errorLines, [])
  trial.atMost('heap not given back', inUse(after) - inUse(before), MAX_GROWTH, ' B')
}

/** Reads until something holds, or for as long as there is patience. */
async function readUntil(trial: Trial, holds: (reading: ServerReading) => boolean): Promise<ServerReading> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    const reading = await trial.server.read()
    if (holds(reading) || performance.now() > deadline) return reading
    await setTimeout(POLL)
  }
}
