import type { BackpressurePolicy, WebSocketConnection } from '@sluice/core'
import type { FastifyInstance } from 'fastify'
import type { Peer } from '../peer.ts'
import { type Commands, scenario } from '../scenario.ts'
import { inUse } from '../server/reading.ts'
import type { Trial } from '../trial.ts'

const POLICIES: readonly BackpressurePolicy[] = ['close', 'dropNewest', 'dropOldest', 'conflate']
const MARK = 1_048_576
const SIZE = 16_384
const FRAME = SIZE + 4
const KEYS = 8
/** What the engine and the collector may need besides what is queued, in bytes. */
const SLACK = 1_000_000
const END = 'end'

export const stalledPeer = scenario('BP-01 BP-03 BP-04 a peer that never reads, under each policy', {
  name: 'stalled-peer',
  serve(app) {
    return Object.assign({}, ...POLICIES.map((policy) => serveRoute(app, policy)))
  },
  async run(trial) {
    const messages = trial.size(20_000, 4_000)
    for (const policy of POLICIES) await stall(trial, policy, messages)
  },
})

function serveRoute(app: FastifyInstance, policy: BackpressurePolicy): Commands {
  const opened: WebSocketConnection[] = []
  const sends = { unsettled: 0 }
  const path = `/${policy}`
  const limits = { heartbeat: false, backpressure: { highWaterMark: MARK, policy, timeout: false } } as const
  app.api.websocket(path, { limits, onConnect: (ws) => void opened.push(ws) })
  return {
    [`push ${policy}`]: (count) => push(opened[0] as WebSocketConnection, count, sends),
    [`count ${policy}`]() {
      const { dropped, conflated, slowConsumers } = app.api.stats().routes[path] ?? app.api.stats()
      return { missing: dropped.messages + conflated.messages, slowConsumers, ...sends }
    },
    [`end ${policy}`]: async () => {
      const [ws] = opened as [WebSocketConnection]
      while (ws.bufferedAmount > 0) await new Promise(setImmediate)
      await ws.send(END)
    },
  }
}

/** Sends without ever waiting for the peer. Resolves to the most that was held for it. */
async function push(ws: WebSocketConnection, count: number, sends: { unsettled: number }): Promise<number> {
  const settled = () => void sends.unsettled--
  let highest = 0
  let last: Promise<void> | null = null
  for (let number = 0; number < count; number++) {
    const sent = ws.send(numbered(number), { key: String(number % KEYS) })
    // Sends that wait for the same moment share a promise; one more listener each would cost more than what is queued.
    if (sent !== last) {
      sends.unsettled++
      sent.then(settled, settled)
      last = sent
    }
    highest = Math.max(highest, ws.bufferedAmount)
    if (number % 16 === 0) await new Promise(setImmediate)
  }
  return highest
}

async function stall(trial: Trial, policy: BackpressurePolicy, messages: number): Promise<void> {
  const { server } = trial
  const peer = await trial.open({ path: `/${policy}` })
  const received = collect(peer)
  peer.pause()
  const before = await server.read()
  const highest = await server.call<number>(`push ${policy}`, messages)
  const after = await server.read()
  trial.atMost(`${policy} holds`, highest, MARK + FRAME, ' B')
  trial.atMost(`${policy} costs`, inUse(after) - inUse(before), MARK + FRAME + SLACK, ' B')
  peer.resume()
  if (policy === 'close') {
    trial.equal('the slow consumer is closed with', await peer.closed, 1013)
    const { slowConsumers, unsettled } = await count(trial, policy)
    trial.equal('slow consumers', slowConsumers, 1)
    trial.equal('sends that never settle', unsettled, 0)
    trial.equal('what it got before', received.numbers, upTo(received.numbers.length))
    return
  }
  await server.call(`end ${policy}`)
  await received.end
  const { missing, unsettled } = await count(trial, policy)
  trial.equal('sends that never settle', unsettled, 0)
  trial.equal(`${policy}: received and missing`, received.numbers.length + missing, messages)
  if (policy === 'conflate') {
    const ofKey = Object.values(Object.groupBy(received.numbers, (number) => number % KEYS)) as number[][]
    trial.equal(
      'conflate keeps the order of each key',
      ofKey.filter((numbers) => !rises(numbers)),
      [],
    )
    trial.equal('the last of each key', ofKey.map((numbers) => numbers.at(-1)).sort(), upTo(messages).slice(-KEYS))
    return
  }
  trial.equal(`${policy} keeps the order`, rises(received.numbers), true)
  if (policy === 'dropOldest') trial.equal('the newest is kept', received.numbers.at(-1), messages - 1)
}

interface Counts {
  readonly missing: number
  readonly slowConsumers: number
  readonly unsettled: number
}

function count(trial: Trial, policy: BackpressurePolicy): Promise<Counts> {
  return trial.server.call(`count ${policy}`)
}

/** The numbers of the messages that come, and when the last one has. */
function collect(peer: Peer): { readonly numbers: number[]; readonly end: Promise<void> } {
  const numbers: number[] = []
  const end = new Promise<void>((resolve) => {
    peer.onMessage = (data) => {
      if (data === END) resolve()
      else numbers.push(Number.parseInt(String(data), 10))
    }
  })
  return { numbers, end }
}

/** Text that begins with a number and fills a message. */
function numbered(number: number): string {
  return `${number} `.padEnd(SIZE, '.')
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number))
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number)
}
