import type { Clock } from '../clock.ts'
import type { ConnectionLimits } from '../connection/limits.ts'
import { takeToken, waitForToken } from '../token-bucket.ts'

/** Counts the pings and pongs of one peer. None costs much, but nothing else bounds them: they are no messages. */
export class ControlFrameRate {
  readonly #rate: ConnectionLimits['controlFrameRate']
  readonly #clock: Clock
  #fullAt = 0

  constructor(rate: ConnectionLimits['controlFrameRate'], clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Counts one. Says whether it is within the rate. */
  admits(): boolean {
    if (this.#rate === null) return true
    const now = this.#clock.now()
    if (waitForToken(this.#fullAt, now, this.#rate) > 0) return false
    this.#fullAt = takeToken(this.#fullAt, now, this.#rate)
    return true
  }
}
