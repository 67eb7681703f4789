import type { TokenRate } from '../token-bucket.ts'

/** Whether there was a token, and if not, in how many milliseconds there will be. */
export interface RateDecision {
  readonly isAllowed: boolean
  readonly retryAfter: number
}

/** Holds the token buckets: in this process, or wherever several processes share them. */
export interface RateStore {
  /** Takes one token from the bucket of a key if there is one, in one step that no other taker can come between. */
  take(key: string, rate: TokenRate): RateDecision | Promise<RateDecision>
  /** The same answer without taking. */
  peek(key: string, rate: TokenRate): RateDecision | Promise<RateDecision>
}
