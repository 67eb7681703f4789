import type { Clock } from '../clock.ts'
import { isPending } from '../is-pending.ts'
import type { Log } from '../log.ts'
import type { TokenRate } from '../token-bucket.ts'
import { createDenial } from './denial.ts'
import type { RateDecision, RateStore } from './rate-store.ts'
import { Sampler } from './sampler.ts'
import { denied, PASSED, type Verdict } from './stage.ts'

export interface RateLimiterOptions {
  readonly store: RateStore
  readonly rate: TokenRate
  /** Keeps the keys of this limit apart from those of every other. */
  readonly scope: string
  /** What happens while the store cannot answer. */
  readonly onStoreError: 'allow' | 'deny'
  readonly clock: Clock
  readonly log: Log
}

/** One limit over one store. Always answers, and soon, whatever the store does. */
export class RateLimiter {
  readonly #options: RateLimiterOptions
  readonly #prefix: string
  readonly #failures: Sampler
  readonly #headers: Readonly<Record<string, string>>

  constructor(options: RateLimiterOptions) {
    this.#options = options
    // Encoded, so that the first colon ends the scope and no scope and key can pass for another pair (RL-13).
    this.#prefix = `${encodeURIComponent(options.scope)}:`
    this.#failures = new Sampler(options.clock)
    this.#headers = {
      'X-RateLimit-Limit': String(options.rate.rps),
      'X-RateLimit-Burst': String(options.rate.burst),
    }
  }

  /** Takes one token, or denies with 429. */
  take(key: string): Verdict | Promise<Verdict> {
    return this.#ask(() => this.#options.store.take(this.#prefix + key, this.#options.rate))
  }

  /** Denies with 429 when no token is left, without taking one. */
  peek(key: string): Verdict | Promise<Verdict> {
    return this.#ask(() => this.#options.store.peek(this.#prefix + key, this.#options.rate))
  }

  #ask(decide: () => RateDecision | Promise<RateDecision>): Verdict | Promise<Verdict> {
    try {
      const decision = decide()
      return isPending(decision) ? this.#await(decision) : this.#verdictOf(decision)
    } catch (error) {
      return this.#verdictOfFailure(error)
    }
  }

  #await(pending: Promise<RateDecision>): Promise<Verdict> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimeout(() => {
        resolve(this.#verdictOfFailure(new Error(`no answer within ${STORE_TIMEOUT} ms`)))
      }, STORE_TIMEOUT)
      const settle = (verdict: () => Verdict) => {
        timer.cancel()
        resolve(verdict())
      }
      pending.then(
        (decision) => settle(() => this.#verdictOf(decision)),
        (error: unknown) => settle(() => this.#verdictOfFailure(error)),
      )
    })
  }

  #verdictOf(decision: RateDecision): Verdict {
    if (decision?.isAllowed === true) return PASSED
    if (decision?.isAllowed !== false || !(decision.retryAfter >= 0)) {
      return this.#verdictOfFailure(new TypeError('the answer is not a decision'))
    }
    const seconds = Math.max(1, Math.ceil(decision.retryAfter / 1000))
    return denied(createDenial('ERR_RATE_LIMITED', { headers: { 'Retry-After': String(seconds), ...this.#headers } }))
  }

  #verdictOfFailure(error: unknown): Verdict {
    const suppressed = this.#failures.sample('')
    if (suppressed !== undefined) {
      this.#options.log.error({ err: error, scope: this.#options.scope, suppressed }, 'Rate store failed')
    }
    return this.#options.onStoreError === 'allow' ? PASSED : UNAVAILABLE
  }
}

/** A handshake waits no longer than this for a store. */
const STORE_TIMEOUT = 250

const UNAVAILABLE = denied(
  createDenial('ERR_UNAVAILABLE', { headers: Object.freeze({ 'Retry-After': '1' }), cause: 'the rate store failed' }),
)
