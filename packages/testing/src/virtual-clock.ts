import type { Clock, Timer } from '@sluice/core'
import { rest } from './activity.ts'
import { TestClientError } from './errors.ts'

export interface VirtualClockOptions {
  /** Where `now()` begins, in milliseconds. @default 0 */
  readonly now?: number | undefined
  /** Where `wallTime()` begins, in milliseconds since the Unix epoch. @default the next full second of real time: tokens made without this clock are valid, and times in tokens, which are full seconds, are exact */
  readonly wallTime?: number | undefined
}

/**
 * A clock that stands still until a test moves it. Given to the plugin as `clock`, it moves everything that Sluice does in time: heartbeats,
 * timeouts, rate limits, the expiry of tokens.
 * @throws TestClientError `ERR_INVALID_OPTION`
 */
export function virtualClock({ now = 0, wallTime = nextSecond() }: VirtualClockOptions = {}): VirtualClock {
  for (const [name, value] of Object.entries({ now, wallTime })) {
    if (!Number.isFinite(value)) {
      throw new TestClientError('ERR_INVALID_OPTION', `option '${name}' must be a number, got ${String(value)}`)
    }
  }
  return new VirtualClock(now, wallTime)
}

function nextSecond(): number {
  return Math.ceil(Date.now() / 1_000) * 1_000
}

interface PendingTimer {
  readonly due: number
  readonly callback: () => void
}

/** More timers than this without any time passing never come to an end. */
const MOST_AT_ONE_INSTANT = 10_000

/** See `virtualClock`. */
export class VirtualClock implements Clock {
  #now: number
  readonly #wallOffset: number
  readonly #timers = new Set<PendingTimer>()
  #advance: Promise<void> = Promise.resolve()

  constructor(now: number, wallTime: number) {
    this.#now = now
    this.#wallOffset = wallTime - now
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#wallOffset + this.#now
  }

  /** How many timers wait: none are left behind by what has ended. */
  get timers(): number {
    return this.#timers.size
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = { due: this.#now + Math.max(0, delay), callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /**
   * Moves the time, from one timer to the next. In between, what a timer has set in motion comes to rest: a ping reaches the client, its pong
   * comes back, and the next ping is due in its turn. Resolves when all of it is done. Calls take their turn.
   * @param milliseconds 0 runs what is due now
   * @throws what a timer throws; TestClientError `ERR_INVALID_OPTION`, `ERR_RUNAWAY_CLOCK`; TimeoutError when traffic does not end
   */
  async advance(milliseconds: number): Promise<void> {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new TestClientError('ERR_INVALID_OPTION', `time is milliseconds from 0, got ${String(milliseconds)}`)
    }
    const advance = this.#advance.then(() => this.#moveTo(this.#now + milliseconds))
    this.#advance = advance.catch(() => {})
    return advance
  }

  async #moveTo(end: number): Promise<void> {
    await rest()
    let countAtInstant = 0
    for (let next = this.#nextBefore(end); next !== undefined; next = this.#nextBefore(end)) {
      countAtInstant = next.due > this.#now ? 1 : countAtInstant + 1
      if (countAtInstant > MOST_AT_ONE_INSTANT) throw runaway(this.#now)
      this.#now = Math.max(this.#now, next.due)
      this.#timers.delete(next)
      next.callback()
      await rest()
    }
    this.#now = end
  }

  /** Those that are due at the same time have their turn in the order in which they were set. */
  #nextBefore(end: number): PendingTimer | undefined {
    let next: PendingTimer | undefined
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer
    }
    return next
  }
}

/** What a wait that was in vain says of time: on a virtual clock it does not pass by itself. */
export function hintOf(clock: Clock): string {
  if (!(clock instanceof VirtualClock)) return ''
  return `; the app's clock is virtual, and stands at ${clock.now()} ms with ${clock.timers} timers: \`advance\` it`
}

function runaway(now: number): TestClientError {
  const text = `${MOST_AT_ONE_INSTANT} timers were due at ${now} ms one after the other: each sets the next without a delay`
  return new TestClientError('ERR_RUNAWAY_CLOCK', text)
}
