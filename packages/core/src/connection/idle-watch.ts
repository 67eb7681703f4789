import { Alarm, type TimerQueue } from '../timer-queue.ts'
import type { TurnClock } from '../turn-clock.ts'

/** Whose messages an idle watch looks for. */
export interface IdleWatchOwner {
  /** Messages of the peer wait here, or are held back: it is not the one who says nothing. */
  readonly isBehind: boolean
  idleOnTimeout(): void
}

/** Notices when one connection has carried no message for a time, in neither direction. Pings and pongs are no messages. */
export class IdleWatch extends Alarm {
  readonly #owner: IdleWatchOwner
  readonly #timeout: number
  readonly #time: Pick<TurnClock, 'now'>
  readonly #queue: TimerQueue
  #lastMessageAt: number

  /** Begins at once. */
  constructor(owner: IdleWatchOwner, timeout: number, time: Pick<TurnClock, 'now'>, queue: TimerQueue) {
    super()
    this.#owner = owner
    this.#timeout = timeout
    this.#time = time
    this.#queue = queue
    this.#lastMessageAt = time.now()
    queue.set(this, timeout)
  }

  noteMessage(): void {
    this.#lastMessageAt = this.#time.now()
  }

  ring(now: number): void {
    const rest = this.#lastMessageAt + this.#timeout - now
    if (rest > 0) this.#queue.set(this, rest)
    else if (this.#owner.isBehind) this.#queue.set(this, this.#timeout)
    else this.#owner.idleOnTimeout()
  }

  stop(): void {
    this.#queue.clear(this)
  }
}
