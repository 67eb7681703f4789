import type { Clock, Timer } from '../clock.ts'
import { Alarm, type TimerQueue, timerQueueOf } from '../timer-queue.ts'

export interface ExpiryOptions {
  readonly clock: Clock
  /** `AuthContext.expiresAt`. */
  readonly expiresAt: number
  /** Milliseconds beyond it, for the client to refresh. */
  readonly grace: number
  /** Milliseconds over which connections that expire together are spread. @default 1_000 */
  readonly spread?: number
  readonly onExpired: () => void
}

/** Calls back when credentials have expired and their grace is over, by the wall clock that tokens are written by. */
export function watchExpiry({ clock, expiresAt, grace, spread = 1_000, onExpired }: ExpiryOptions): Timer {
  return new Expiry(clock, expiresAt + grace + Math.random() * spread, onExpired)
}

class Expiry extends Alarm implements Timer {
  readonly #clock: Clock
  readonly #deadline: number
  readonly #onExpired: () => void
  readonly #queue: TimerQueue

  constructor(clock: Clock, deadline: number, onExpired: () => void) {
    super()
    this.#clock = clock
    this.#deadline = deadline
    this.#onExpired = onExpired
    this.#queue = timerQueueOf(clock)
    this.#wait()
  }

  ring(): void {
    if (this.#clock.wallTime() >= this.#deadline) this.#onExpired()
    else this.#wait()
  }

  cancel(): void {
    this.#queue.clear(this)
  }

  #wait(): void {
    const remaining = Math.max(0, this.#deadline - this.#clock.wallTime())
    this.#queue.set(this, Math.min(remaining, LONGEST_STEP))
  }
}

/** The wall clock may be set while we wait: look at it every hour. */
const LONGEST_STEP = 3_600_000
