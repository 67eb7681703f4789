import { encodeFrame, Opcode } from '@sluice/protocol'
import { scenario } from '../scenario.ts'

const PINGS = 100_000
/** What was read of 250 MB is garbage for a while; what is kept, the leak check says. */
const MAX_GROWTH = 128_000_000

export const controlFrameFlood = scenario('PR-08 MS-05 peers that ping without end and do not read', {
  name: 'control-frame-flood',
  serve(app) {
    app.api.websocket('/ws', {
      limits: { closeTimeout: 500 },
      onMessage: (ws, { data }) => ws.send(data),
    })
    return { closes: () => app.api.stats().closes }
  },
  async run(trial) {
    const { server } = trial
    const peers = await trial.openMany(20, () => ({ path: '/ws', isMute: true }))
    const ping = encodeFrame(Opcode.PING, '.'.repeat(125), { mask: true })
    const flood = Buffer.concat(Array.from({ length: trial.size(PINGS, PINGS / 10) }, () => ping))
    const before = await server.read()
    for (const peer of peers) {
      peer.pause()
      peer.write(flood)
    }
    while ((await server.read()).connections > 1);
    const after = await server.read()
    const closes = await server.call<Record<string, Record<string, number>>>('closes')
    trial.equal(
      'closed with 1008',
      Object.values(closes)
        .map((codes) => codes['1008'] ?? 0)
        .reduce((a, b) => a + b, 0),
      20,
    )
    trial.atMost('RSS grows by', after.peakRss - before.rss, MAX_GROWTH, ' B')
  },
})
