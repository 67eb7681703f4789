import { constants, deflateRawSync } from 'node:zlib'
import { Opcode } from '@sluice/protocol'
import type { SluiceOptions } from '../../src/index.ts'
import type { DeflateClient } from '../../test/engine/support/deflate-client.ts'
import { clientFrame } from '../../test/support/raw-websocket.ts'
import { openClients } from './clients.ts'
import { inUse } from './reading.ts'
import { ServerProcess } from './server-process.ts'

export interface BombOptions extends Required<Pick<SluiceOptions, 'engine'>> {
  /** Sent at once, each by a client of its own. */
  readonly bombs: number
}

export interface BombReport {
  /** Bytes of one bomb on the wire. */
  readonly wireLength: number
  /** Bytes that the server needed for them: the growth of its resident memory at its highest, or what they hold, if that is more. */
  readonly cost: number
}

const MEBIBYTE = 1_048_576
/** What one zip bomb may cost, in bytes. */
export const MAX_ZIP_BOMB_COST = 20_000_000
/** What 1,000 messages of tiny fragments that never end may cost, in bytes. */
export const MAX_FRAGMENT_BOMBS_COST = 128_000_000
/** As many as a route takes by default. */
const FRAGMENTS = 1_024

/** Sends messages that would inflate to 1 GiB each, and waits until the server has closed every connection with 1009. */
export function measureZipBombs(options: BombOptions): Promise<BombReport> {
  return measure(options, clientFrame(Opcode.BINARY, zeros(1_024), { rsv1: true }), async (client) => {
    const code = await client.nextCloseCode()
    if (code !== 1009) throw new Error(`a bomb was closed with ${code}`)
  })
}

/** Sends as many fragments of one byte as are allowed, never the last one, and waits until the server has read them all. */
export function measureFragmentBombs(options: BombOptions): Promise<BombReport> {
  const fragment = (index: number) =>
    clientFrame(index === 0 ? Opcode.BINARY : Opcode.CONTINUATION, 'x', { fin: false })
  const bomb = Buffer.concat([
    ...Array.from({ length: FRAGMENTS }, (_, index) => fragment(index)),
    clientFrame(Opcode.PING),
  ])
  return measure(options, bomb, async (client) => {
    const { opcode } = await client.next()
    if (opcode !== Opcode.PONG) throw new Error(`opcode ${opcode} where the pong should be`)
  })
}

async function measure(
  { bombs, engine }: BombOptions,
  bomb: Buffer,
  wait: (client: DeflateClient) => Promise<void>,
): Promise<BombReport> {
  await using server = await ServerProcess.start({ engine, compression: {} })
  const clients = await openClients(server, bombs)
  const before = await server.read()
  for (const client of clients) client.write(bomb)
  await Promise.all(clients.map(wait))
  const after = await server.read()
  for (const { connection } of clients) connection.destroy()
  return { wireLength: bomb.length, cost: Math.max(after.peakRss - before.rss, inUse(after) - inUse(before)) }
}

/** So many mebibytes of zeros, compressed to about a thousandth. */
function zeros(mebibytes: number): Buffer {
  const one = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH, level: 9 })
  return Buffer.concat(Array.from({ length: mebibytes }, () => one)).subarray(0, -4)
}
