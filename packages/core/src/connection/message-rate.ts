import { Alarm, type TimerQueue } from '../timer-queue.ts'
import { takeToken, waitForToken } from '../token-bucket.ts'
import type { TurnClock } from '../turn-clock.ts'
import type { MessageCodec } from './codec.ts'
import type { MessageRateLimit } from './limits.ts'
import type { Sendable } from './sendable.ts'

/** Whose peer is limited. */
export interface MessageRateOwner {
  /** Writes the answers. */
  readonly codec: MessageCodec
  /** Closes because the peer broke a limit. */
  failPeer(code: number, reason: string): void
  /** Sends without waiting; a peer that takes no answers gets none. */
  trySend(answer: Sendable): unknown
  pauseReading(reason: 'rate'): void
  resumeReading(reason: 'rate'): void
}

/** How often, or with how many bytes, one peer may send messages: a token bucket of its own. */
export class MessageRate extends Alarm {
  readonly #owner: MessageRateOwner
  readonly #limit: MessageRateLimit
  readonly #time: Pick<TurnClock, 'now'>
  readonly #queue: TimerQueue
  /** See `token-bucket.ts`. */
  #fullAt = 0

  constructor(owner: MessageRateOwner, limit: MessageRateLimit, time: Pick<TurnClock, 'now'>, queue: TimerQueue) {
    super()
    this.#owner = owner
    this.#limit = limit
    this.#time = time
    this.#queue = queue
  }

  /**
   * Counts a message that has arrived. Says whether it may pass; where not, the peer has been told what there is to tell.
   * @param bytes how many its payload has, inflated
   */
  admits(bytes: number): boolean {
    const now = this.#time.now()
    // An empty message is not free.
    const cost = this.#limit.per === 'byte' ? Math.max(1, bytes) : 1
    if (this.#limit.action === 'throttle') {
      this.#take(now, cost)
      this.#holdBack(now)
      return true
    }
    const wait = waitForToken(this.#fullAt, now, this.#limit, cost)
    if (wait === 0) this.#take(now, cost)
    else this.#refuse(wait)
    return wait === 0
  }

  /** There is a token again. */
  ring(): void {
    this.#owner.resumeReading('rate')
  }

  stop(): void {
    this.#queue.clear(this)
  }

  #take(now: number, cost: number): void {
    this.#fullAt = takeToken(this.#fullAt, now, this.#limit, cost)
  }

  /** What has arrived cannot be sent back: it passes, and the next is read when what it took has come back. */
  #holdBack(now: number): void {
    const wait = waitForToken(this.#fullAt, now, this.#limit)
    if (wait === 0) return
    this.#owner.pauseReading('rate')
    this.#queue.set(this, wait)
  }

  #refuse(wait: number): void {
    const { action } = this.#limit
    if (action === 'close') this.#close()
    else if (action === 'reply') this.#reply(wait)
  }

  /** A codec of the app's own may have no words for the answer: then it is said by closing. */
  #reply(wait: number): void {
    let answer: Sendable
    try {
      answer = this.#owner.codec.encode({ type: 'error', code: 'rate_limited', retryAfterMs: Math.ceil(wait) })
    } catch {
      this.#close()
      return
    }
    this.#owner.trySend(answer)
  }

  #close(): void {
    this.#owner.failPeer(1008, 'Rate limit exceeded')
  }
}
