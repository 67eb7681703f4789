import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../src/clock.ts'
import { Alarm, TimerQueue, timerQueueOf } from '../src/timer-queue.ts'
import { VirtualClock } from './support/virtual-clock.ts'

class TestAlarm extends Alarm {
  readonly rings: number[] = []
  readonly #onRing: (alarm: TestAlarm) => void

  constructor(onRing: (alarm: TestAlarm) => void = () => {}) {
    super()
    this.#onRing = onRing
  }

  ring(now: number): void {
    this.rings.push(now)
    this.#onRing(this)
  }
}

function setUp() {
  const clock = new VirtualClock()
  return { clock, queue: new TimerQueue(clock) }
}

describe('TimerQueue', () => {
  it('rings each alarm once, at its time', () => {
    const { clock, queue } = setUp()
    const [one, two] = [new TestAlarm(), new TestAlarm()]
    queue.set(two, 200)
    queue.set(one, 100)
    clock.advance(99)
    expect(one.rings).toEqual([])
    clock.advance(1)
    expect(one.rings).toEqual([100])
    clock.advance(1_000)
    expect([one.rings, two.rings]).toEqual([[100], [200]])
    expect(clock.delays).toEqual([])
  })

  it('has one timer of the clock for 10,000 alarms', () => {
    const { clock, queue } = setUp()
    const alarms = Array.from({ length: 10_000 }, () => new TestAlarm())
    alarms.forEach((alarm, index) => void queue.set(alarm, 1_000 + ((index * 7_919) % 10_000)))
    expect(clock.delays).toEqual([1_000])
    clock.advance(5_000)
    expect(clock.delays).toHaveLength(1)
    for (const alarm of alarms) queue.clear(alarm)
    expect(clock.delays).toEqual([])
  })

  it('forgets the earlier time of an alarm that is set again', () => {
    const { clock, queue } = setUp()
    const alarm = new TestAlarm()
    queue.set(alarm, 100)
    queue.set(alarm, 300)
    clock.advance(299)
    expect(alarm.rings).toEqual([])
    queue.set(alarm, 0)
    clock.advance(0)
    expect(alarm.rings).toEqual([299])
  })

  it('may be changed by what rings', () => {
    const { clock, queue } = setUp()
    const cleared = new TestAlarm()
    const again = new TestAlarm((alarm) => queue.set(alarm, 10))
    queue.set(new TestAlarm(() => queue.clear(cleared)), 10)
    queue.set(cleared, 10)
    queue.set(again, 10)
    clock.advance(35)
    expect(cleared.rings).toEqual([])
    expect(again.rings).toEqual([10, 20, 30])
    queue.clear(again)
    queue.clear(again)
    expect(clock.delays).toEqual([])
  })

  it('goes on when an alarm throws', () => {
    const { clock, queue } = setUp()
    const next = new TestAlarm()
    const bad = new TestAlarm(() => {
      throw new Error('bad')
    })
    queue.set(bad, 10)
    queue.set(next, 10)
    expect(() => clock.advance(10)).toThrow('bad')
    clock.advance(0)
    expect(next.rings).toEqual([10])
  })

  it('rings all that is due when the clock jumps, soonest first', () => {
    const jumping = new JumpingClock()
    const queue = new TimerQueue(jumping)
    const order: number[] = []
    for (const delay of [30, 10, 20]) queue.set(new TestAlarm(() => void order.push(delay)), delay)
    jumping.time = 1_000
    jumping.fire()
    expect(order).toEqual([10, 20, 30])
  })

  it('waits on when its timer fires too early', () => {
    const jumping = new JumpingClock()
    const queue = new TimerQueue(jumping)
    const alarm = new TestAlarm()
    queue.set(alarm, 10)
    jumping.time = 9.4
    jumping.fire()
    expect(alarm.rings).toEqual([])
    jumping.time = 10
    jumping.fire()
    expect(alarm.rings).toEqual([10])
  })

  it('is one for each clock', () => {
    const clock = new VirtualClock()
    expect(timerQueueOf(clock)).toBe(timerQueueOf(clock))
    expect(timerQueueOf(new VirtualClock())).not.toBe(timerQueueOf(clock))
  })

  it('rings what a plain list of times would, in the same order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set'), alarm: fc.nat(9), delay: fc.nat(50) }),
      fc.record({ kind: fc.constant('clear'), alarm: fc.nat(9), delay: fc.constant(0) }),
      fc.record({ kind: fc.constant('advance'), alarm: fc.constant(0), delay: fc.nat(40) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { clock, queue } = setUp()
        const rung: string[] = []
        const expected: string[] = []
        const model = new Map<number, number>()
        const alarms = Array.from(
          { length: 10 },
          (_, index) => new TestAlarm(() => rung.push(`${index}@${clock.now()}`)),
        )
        for (const { kind, alarm, delay } of steps) {
          if (kind === 'set') {
            queue.set(alarms[alarm] as TestAlarm, delay)
            model.set(alarm, clock.now() + delay)
          } else if (kind === 'clear') {
            queue.clear(alarms[alarm] as TestAlarm)
            model.delete(alarm)
          } else {
            clock.advance(delay)
            const due = Array.from(model).filter(([, time]) => time <= clock.now())
            for (const [index, time] of due.sort((a, b) => a[1] - b[1])) {
              expected.push(`${index}@${time}`)
              model.delete(index)
            }
          }
        }
        expect(rung.toSorted()).toEqual(expected.toSorted())
        expect(rung.map(timeOf)).toEqual(expected.map(timeOf))
        expect(clock.delays.length).toBe(model.size > 0 ? 1 : 0)
      }),
    )
  })
})

function timeOf(ring: string): string {
  return ring.slice(ring.indexOf('@'))
}

/** A clock whose timers fire when a test says so, whatever the time. */
class JumpingClock implements Clock {
  time = 0
  #callback: (() => void) | null = null

  now(): number {
    return this.time
  }

  wallTime(): number {
    return this.time
  }

  setTimeout(callback: () => void): { cancel(): void } {
    this.#callback = callback
    return { cancel: () => this.#forget() }
  }

  fire(): void {
    const callback = this.#callback
    this.#forget()
    callback?.()
  }

  #forget(): void {
    this.#callback = null
  }
}
