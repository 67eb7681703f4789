import type { Clock, Timer } from './clock.ts'

/** Something that is to happen at one time, until it is set to another. Extended by whoever waits, so that waiting costs no closure. */
export abstract class Alarm {
  /** When it rings, in milliseconds of the clock. The queue's to write, as `slot` is. */
  due = 0
  /** Where it stands in the heap of the queue; -1 while it is not set. */
  slot = -1

  /** The time has come, and the alarm is not set any more. Must not throw. */
  abstract ring(now: number): void
}

/** What is due when, for all connections of a clock: however many alarms are set, one timer of the clock runs. A heap, soonest first. */
export class TimerQueue {
  readonly #clock: Clock
  readonly #heap: Alarm[] = []
  readonly #onTimer = () => this.#ringDue()
  #timer: Timer | null = null
  /** When the timer fires; Infinity while there is none. */
  #firesAt = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The clock's time, in whole milliseconds. */
  get now(): number {
    return Math.ceil(this.#clock.now())
  }

  /** Has an alarm ring in `delay` milliseconds, of any length, and no more at the time that was set before. Never early. */
  set(alarm: Alarm, delay: number): void {
    const now = this.#clock.now()
    // Whole numbers: V8 boxes the others, one for each connection.
    alarm.due = Math.ceil(now + delay)
    if (alarm.slot < 0) alarm.slot = this.#heap.push(alarm) - 1
    this.#place(alarm)
    this.#arm(now)
  }

  /** Does nothing for an alarm that is not set. */
  clear(alarm: Alarm): void {
    const { slot } = alarm
    if (slot < 0) return
    alarm.slot = -1
    const last = this.#heap.pop() as Alarm
    if (last !== alarm) {
      last.slot = slot
      this.#place(last)
    }
    // A timer that is early by now finds nothing due; none at all lets an idle process be idle.
    if (this.#heap.length === 0) this.#disarm()
  }

  #ringDue(): void {
    this.#timer = null
    // What is set while others ring is armed behind the last.
    this.#firesAt = -Infinity
    const now = this.#clock.now()
    try {
      for (let next = this.#heap[0]; next !== undefined && next.due <= now; next = this.#heap[0]) {
        this.clear(next)
        next.ring(now)
      }
    } finally {
      this.#firesAt = Infinity
      this.#arm(this.#clock.now())
    }
  }

  #arm(now: number): void {
    const next = this.#heap[0]
    if (next === undefined || next.due >= this.#firesAt) return
    this.#timer?.cancel()
    this.#firesAt = next.due
    this.#timer = this.#clock.setTimeout(this.#onTimer, Math.max(0, next.due - now))
  }

  #disarm(): void {
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#timer = null
    this.#firesAt = Infinity
  }

  /** Moves an alarm to where its time belongs. */
  #place(alarm: Alarm): void {
    const heap = this.#heap
    let { slot } = alarm
    for (let parent = (slot - 1) >> 1; slot > 0 && at(heap, parent).due > alarm.due; parent = (slot - 1) >> 1) {
      put(heap, slot, at(heap, parent))
      slot = parent
    }
    for (let child = soonerChild(heap, slot); child < heap.length; child = soonerChild(heap, slot)) {
      if (at(heap, child).due >= alarm.due) break
      put(heap, slot, at(heap, child))
      slot = child
    }
    put(heap, slot, alarm)
  }
}

const queues = new WeakMap<Clock, TimerQueue>()

/** The queue of all that waits by this clock. */
export function timerQueueOf(clock: Clock): TimerQueue {
  const queue = queues.get(clock) ?? new TimerQueue(clock)
  queues.set(clock, queue)
  return queue
}

function soonerChild(heap: readonly Alarm[], slot: number): number {
  const left = slot * 2 + 1
  const right = left + 1
  return right < heap.length && at(heap, right).due < at(heap, left).due ? right : left
}

function at(heap: readonly Alarm[], slot: number): Alarm {
  return heap[slot] as Alarm
}

function put(heap: Alarm[], slot: number, alarm: Alarm): void {
  heap[slot] = alarm
  alarm.slot = slot
}
