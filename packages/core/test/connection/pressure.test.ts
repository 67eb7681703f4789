import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BackpressurePolicy } from '../../src/connection/limits.ts'
import type { PreparedMessage } from '../../src/connection/prepared-message.ts'
import type { DrainEvent } from '../../src/connection/pressure.ts'
import { SendBudget } from '../../src/connection/send-budget.ts'
import { Sender } from '../../src/connection/sender.ts'
import type { ConnectionState } from '../../src/connection/state.ts'
import { Traffic } from '../../src/connection/traffic.ts'
import type { Transport } from '../../src/connection/transport.ts'
import { resolveRouteOptions } from '../../src/options.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const POLICIES = ['close', 'dropNewest', 'dropOldest', 'conflate'] as const

/** A wire that takes what it is told to take. */
class FakeWire {
  bufferedAmount = 0
  readonly queued: string[] = []
  readonly taken: string[] = []

  send(payload: string | Uint8Array): number {
    this.queued.push(String(payload))
    this.bufferedAmount += payload.length + 2
    return payload.length
  }

  sendPrepared({ payload }: PreparedMessage): number {
    return this.send(payload)
  }

  /** The peer takes so many messages, or all. */
  take(count = Infinity): void {
    for (const payload of this.queued.splice(0, count)) {
      this.taken.push(payload)
      this.bufferedAmount -= payload.length + 2
    }
  }
}

class FakeConnection extends Sender {
  state: ConnectionState = 'open'
  readonly told: unknown[] = []
  readonly wire = new FakeWire()

  constructor(policy: BackpressurePolicy, highWaterMark: number, clock = new VirtualClock()) {
    const { limits } = resolveRouteOptions([{ limits: { backpressure: { policy, highWaterMark } } }])
    super({ limits, clock, traffic: new Traffic(), budget: new SendBudget(Infinity) })
    this.transport = this.wire as unknown as Transport
  }

  /** The peer takes messages, and the wire says so. */
  take(count?: number): void {
    this.wire.take(count)
    if (this.wire.bufferedAmount === 0) this.transportOnDrain()
    else this.transportOnPending(true)
  }

  protected messageOnSent(): void {}

  pressureOnRise({ bufferedAmount }: { bufferedAmount: number }): void {
    this.told.push(`rise ${bufferedAmount}`)
  }

  pressureOnFall(event: DrainEvent): void {
    this.told.push(event)
  }

  pressureOnSlow(): void {
    this.state = 'closing'
    this.endSending(new Error('slow'))
  }

  protected notOpen(): Error {
    return new Error('slow')
  }
}

describe('BP-04 whatever is sent and taken', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('send' as const),
      size: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(400)),
      key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    }),
    fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 0, max: 5 }) }),
  )
  const MARK = 100
  const LARGEST = 404

  it.each(POLICIES)('%s holds no more than the mark and one message, and counts every message', (policy) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const connection = new FakeConnection(policy, MARK)
        const { wire, settings } = connection
        const given: string[] = []
        let bytes = 0
        for (const [index, next] of steps.entries()) {
          if (next.do === 'take') {
            connection.take(next.count)
          } else {
            const text = `${index} `.padEnd(next.size, '.')
            given.push(text)
            bytes += text.length
            connection.trySend(text, { key: next.key })
          }
          expect(connection.bufferedAmount).toBeLessThanOrEqual(MARK + LARGEST)
        }
        while (connection.bufferedAmount > 0) connection.take()
        const { sent, dropped, conflated } = settings.traffic as Traffic
        expect(sent.text.messages).toBe(wire.taken.length)
        expect(sent.text.messages + dropped.messages + conflated.messages).toBe(given.length)
        expect(sent.text.bytes + dropped.bytes + conflated.bytes).toBe(bytes)
        // Nothing is sent twice, and nothing out of order but what took the place of another.
        const order = wire.taken.map((text) => given.indexOf(text))
        expect(new Set(order).size).toBe(order.length)
        if (policy !== 'conflate') expect(order).toEqual(order.toSorted((a, b) => a - b))
        expect(settings.budget.total).toBe(0)
        expect((settings.clock as VirtualClock).delays).toEqual([])
      }),
    )
  })

  it('dropOldest keeps the newest messages', () => {
    const connection = new FakeConnection('dropOldest', 100)
    const outcomes = Array.from({ length: 50 }, (_, index) => connection.trySend(`message ${index}`))
    expect(new Set(outcomes.slice(10))).toEqual(new Set(['backpressure']))
    while (connection.bufferedAmount > 0) connection.take()
    const [newest] = connection.wire.taken.slice(-1)
    const count = connection.wire.taken.length
    expect(newest).toBe('message 49')
    // What had gone to the wire came first; behind it, the newest without a gap.
    expect(connection.wire.taken.slice(-4)).toEqual(['message 46', 'message 47', 'message 48', 'message 49'])
    expect(connection.told).toEqual([expect.stringMatching(/^rise/), { dropped: 50 - count, conflated: 0 }])
  })

  it('conflate ends with the latest message of each key', () => {
    const connection = new FakeConnection('conflate', 200)
    for (let round = 0; round < 100; round++) {
      for (const key of ['EUR', 'GBP', '__proto__']) connection.trySend(`${key} ${round}`, { key })
    }
    while (connection.bufferedAmount > 0) connection.take()
    expect(connection.wire.taken.slice(-3).toSorted()).toEqual(['EUR 99', 'GBP 99', '__proto__ 99'])
    expect(connection.settings.traffic.dropped.messages).toBe(0)
    expect(connection.settings.traffic.conflated.messages).toBe(300 - connection.wire.taken.length)
  })

  it('conflate closes where there is nothing to replace, but trySend only drops', async () => {
    const connection = new FakeConnection('conflate', 100)
    while (connection.trySend('without a key') === 'ok');
    expect(connection.trySend('without a key')).toBe('dropped')
    expect(connection.trySend('a new key', { key: 'new' })).toBe('dropped')
    expect(connection.state).toBe('open')
    await expect(connection.send('without a key')).rejects.toThrow('slow')
    expect(connection.state).toBe('closing')
    expect(connection.settings.traffic.dropped.messages).toBe(2)
  })
})

describe('BP-03 an awaited send', () => {
  it.each(POLICIES)('with %s waits for the drain above the mark, and not below', async (policy) => {
    const connection = new FakeConnection(policy, 100)
    await connection.send('small')
    const waiting = connection.send('x'.repeat(150))
    let isDone = false
    void waiting.then(() => {
      isDone = true
    })
    connection.take(1)
    await new Promise(setImmediate)
    expect(isDone).toBe(false)
    while (connection.bufferedAmount > 0) connection.take()
    await waiting
    expect(connection.told).toHaveLength(2)
  })

  it('rejects when the connection ends first', async () => {
    const connection = new FakeConnection('dropOldest', 100)
    const waiting = connection.send('x'.repeat(150))
    connection.pressureOnSlow()
    await expect(waiting).rejects.toThrow('slow')
    expect(connection.settings.budget.total).toBe(0)
  })
})

describe('BP-09 a peer that stands still', () => {
  const judged = () => new Promise(setImmediate)

  function stalled(): { connection: FakeConnection; clock: VirtualClock } {
    const clock = new VirtualClock()
    const connection = new FakeConnection('close', 1_000, clock)
    connection.trySend('one')
    connection.trySend('two')
    connection.transportOnPending(false)
    return { connection, clock }
  }

  it('is closed when it has taken nothing for 30 s, however much is sent meanwhile', async () => {
    const { connection, clock } = stalled()
    clock.advance(29_999)
    connection.trySend('three')
    connection.transportOnPending(false)
    await judged()
    expect(connection.state).toBe('open')
    clock.advance(1)
    await judged()
    expect(connection.state).toBe('closing')
    expect(clock.delays).toEqual([])
  })

  it('has as long again after whatever it takes', async () => {
    const { connection, clock } = stalled()
    clock.advance(29_999)
    connection.take(1)
    clock.advance(29_999)
    await judged()
    expect(connection.state).toBe('open')
    clock.advance(1)
    await judged()
    expect(connection.state).toBe('closing')
  })

  it('is not closed for what it had taken before this process noticed', async () => {
    const { connection, clock } = stalled()
    clock.advance(30_000)
    connection.take()
    await judged()
    expect(connection.state).toBe('open')
    expect(clock.delays).toEqual([])
  })
})
