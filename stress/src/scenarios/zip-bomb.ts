import { constants, deflateRawSync } from 'node:zlib'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { scenario } from '../scenario.ts'
import type { Trial } from '../trial.ts'

const MEBIBYTE = 1_048_576
const MAX_COST = 20_000_000
/** What each of many may cost: 1 MB on the wire, twice while it is put together, and 1 MiB that it may inflate to. */
const MAX_COST_OF_MANY = 4_000_000
const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }

export const zipBomb = scenario('CP-02 messages that would inflate to a gigabyte', {
  name: 'zip-bomb',
  options: { compression: {} },
  serve(app) {
    app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
    return {}
  },
  async run(trial) {
    const bomb = encodeFrame(Opcode.BINARY, zeros(trial.size(1_024, 256)), { mask: true, rsv1: true })
    trial.atMost('one costs', await explode(trial, bomb, 1), MAX_COST, ' B')
    const bombs = trial.size(100, 20)
    trial.atMost(`${bombs} at once cost each`, (await explode(trial, bomb, bombs)) / bombs, MAX_COST_OF_MANY, ' B')
    trial.figure(`${bomb.length} B on the wire`)
  },
})

/** Resolves to the growth of the server's resident memory at its highest. */
async function explode(trial: Trial, bomb: Buffer, count: number): Promise<number> {
  const peers = await trial.openMany(count, () => ({ path: '/ws', headers: OFFER }))
  const before = await trial.server.read()
  for (const peer of peers) peer.write(bomb)
  const codes = Object.groupBy(await Promise.all(peers.map(({ closed }) => closed)), String)
  trial.equal('the bombs are closed with', Object.keys(codes), ['1009'])
  return (await trial.server.read()).peakRss - before.rss
}

/** So many mebibytes of zeros, compressed to about a thousandth. */
function zeros(mebibytes: number): Buffer {
  const one = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH, level: 9 })
  return Buffer.concat(Array.from({ length: mebibytes }, () => one)).subarray(0, -4)
}
