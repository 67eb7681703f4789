import { setTimeout } from 'node:timers/promises'
import { broadcast, type WebSocketConnection } from '@sluice/core'
import type { Peer } from '../peer.ts'
import { scenario } from '../scenario.ts'

/** Messages a second. */
const RATE = 1_000
/** Between the messages that are sent together, in milliseconds: a runner that keeps up is a condition of the figure. */
const TICK = 25
const SIZE = 256
const HEADER = 4
const FRAME = HEADER + SIZE
/** A whole binary message of 256 bytes: `82 7e 01 00`. */
const HEADER_WORD = 0x827e0100
const FILLING = 'f'.repeat(16_384)
const END = 'end'
const MAX_GROWTH = 64_000_000

export const stalledAmongMany = scenario('BP-02 BP-07 a hundred peers that do not read, among many that do', {
  name: 'stalled-among-many',
  serve(app) {
    const readers = new Set<WebSocketConnection>()
    const stalled = new Set<WebSocketConnection>()
    const limits = { heartbeat: false } as const
    app.api.websocket('/reader', {
      limits,
      onConnect: (ws) => void readers.add(ws),
      onDisconnect: (ws) => void readers.delete(ws),
    })
    app.api.websocket('/stalled', {
      limits,
      onConnect: (ws) => void stalled.add(ws),
      onDisconnect: (ws) => void stalled.delete(ws),
    })
    let next = 0
    const publishMore = async (messages: number) => {
      const published = await publish([...readers, ...stalled], next, messages)
      next += messages
      return published
    }
    return {
      /** Sends to those that stall until their kernels take no more. */
      async fill() {
        for (const ws of stalled) {
          while (ws.bufferedAmount === 0) {
            ws.trySend(FILLING)
            await new Promise(setImmediate)
          }
        }
      },
      publish: publishMore,
      async end() {
        for (const ws of [...readers, ...stalled]) {
          while (ws.bufferedAmount > 0) await new Promise(setImmediate)
          await ws.send(END)
        }
      },
    }
  },
  async run(trial) {
    const { server } = trial
    const messages = trial.size(10_000, 5_000)
    const readers = await trial.openMany(trial.size(1_000, 200), () => ({ path: '/reader' }))
    const read = readers.map(readSequence)
    // What the rate itself needs is not what the stalled ones cost.
    const first = trial.size(3_000, 1_000)
    await server.call('publish', first)
    const slow = await trial.openMany(trial.size(100, 20), () => ({ path: '/stalled' }))
    const missed = slow.map(countMessages)
    for (const peer of slow) peer.pause()
    await server.call('fill')
    const before = await server.read()
    const { dropped, seconds } = await server.call<Published>('publish', messages)
    const after = await server.read()
    for (const peer of slow) peer.resume()
    await server.call('end')
    const faults = (await Promise.all(read)).filter((next) => next !== first + messages)
    trial.equal('readers that did not get every message in order', faults, [])
    const late = (await Promise.all(missed)).reduce((sum, count) => sum + count, 0)
    trial.equal('received late and dropped', late + dropped, slow.length * messages)
    trial.equal('some were dropped', dropped > 0, true)
    trial.atMost('RSS grows by', after.peakRss - before.rss, MAX_GROWTH, ' B')
    trial.figure(`${messages} messages at ${Math.round(messages / seconds)} a second to ${readers.length} readers`)
    trial.figure(`${dropped} dropped for ${slow.length} stalled`)
  },
})

interface Published {
  readonly dropped: number
  readonly seconds: number
}

/** Broadcasts numbered messages at the rate, as many at a time as are due. */
async function publish(
  connections: readonly WebSocketConnection[],
  first: number,
  messages: number,
): Promise<Published> {
  const start = performance.now()
  let dropped = 0
  for (let number = 0; number < messages; ) {
    const due = Math.min(messages, ((performance.now() - start) / 1_000) * RATE)
    for (; number < due; number++) {
      const message = Buffer.alloc(SIZE)
      message.writeUInt32BE(first + number)
      dropped += broadcast(connections, message).dropped
    }
    await setTimeout(TICK)
  }
  return { dropped, seconds: (performance.now() - start) / 1_000 }
}

/** Resolves, at the end, to the number of the message that would come next; to -1 when another one came. */
function readSequence(peer: Peer): Promise<number> {
  return new Promise((resolve) => {
    let rest: Buffer = Buffer.alloc(0)
    let next = 0
    // A million messages a second would take the runner longer than the server.
    peer.takeOver((chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (; at + FRAME <= bytes.length; at += FRAME) {
        if (bytes.readUInt32BE(at) !== HEADER_WORD || bytes.readUInt32BE(at + HEADER) !== next) {
          resolve(-1)
          return
        }
        next++
      }
      rest = Buffer.from(bytes.subarray(at))
      if (rest.length === 2 + END.length && rest.toString('latin1', 2) === END) resolve(next)
    })
    void peer.ended.then(() => resolve(-1))
  })
}

/** Resolves, at the end, to how many of the messages came; to -1 when they came in another order. */
function countMessages(peer: Peer): Promise<number> {
  return new Promise((resolve) => {
    let count = 0
    let last = -1
    peer.onMessage = (data) => {
      if (typeof data !== 'string') {
        const number = data.readUInt32BE()
        if (number <= last) resolve(-1)
        last = number
        count++
      } else if (data === END) {
        resolve(count)
      }
    }
    void peer.ended.then(() => resolve(-1))
  })
}
