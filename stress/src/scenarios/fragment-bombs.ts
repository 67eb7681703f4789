import { encodeFrame, Opcode } from '@sluice/protocol'
import { scenario } from '../scenario.ts'
import { inUse } from '../server/reading.ts'

/** As many as a route takes by default. */
const FRAGMENTS = 1_024
const MAX_COST = 128_000_000

export const fragmentBombs = scenario('PR-05 PR-06 messages of tiny fragments that never end', {
  name: 'fragment-bombs',
  serve(app) {
    app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
    return {}
  },
  async run(trial) {
    const { server } = trial
    const peers = await trial.openMany(trial.size(1_000, 200), () => ({ path: '/ws' }))
    const before = await server.read()
    const bomb = createBomb()
    await Promise.all(
      peers.map((peer) => {
        const answer = Promise.race([
          new Promise<string>((resolve) => {
            peer.onPong = resolve
          }),
          peer.ended,
        ])
        peer.write(bomb)
        return answer
      }),
    )
    const held = await server.read()
    trial.equal('connections with a message under way', held.connections, peers.length + 1)
    for (const peer of peers) peer.frame(Opcode.CONTINUATION, '', false)
    const codes = Object.groupBy(await Promise.all(peers.map(({ closed }) => closed)), String)
    trial.equal('codes at one fragment more', Object.keys(codes), ['1008'])
    const cost = Math.max(held.peakRss - before.rss, inUse(held) - inUse(before))
    trial.atMost(`${peers.length} bombs cost`, cost, MAX_COST, ' B')
  },
})

/** All fragments that are allowed, and a ping: its answer says that they were read. */
function createBomb(): Buffer {
  const fragments = Array.from({ length: FRAGMENTS }, (_, index) => {
    const opcode = index === 0 ? Opcode.BINARY : Opcode.CONTINUATION
    return encodeFrame(opcode, 'x', { fin: false, mask: true })
  })
  return Buffer.concat([...fragments, encodeFrame(Opcode.PING, '', { mask: true })])
}
