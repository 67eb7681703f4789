import type { Clock } from '../clock.ts'
import { type TokenRate, takeToken, waitForToken } from '../token-bucket.ts'
import type { RateDecision, RateStore } from './rate-store.ts'

/** Token buckets in this process: a bounded number of them, on the monotonic clock. */
export class MemoryRateStore implements RateStore {
  readonly #clock: Clock
  readonly #capacity: number
  /** A key without a bucket has a full one. */
  readonly #byKey = new Map<string, Bucket>()
  readonly #all: Bucket[] = []
  #next = 0

  constructor(clock: Clock, capacity = 100_000) {
    this.#clock = clock
    this.#capacity = capacity
  }

  get size(): number {
    return this.#byKey.size
  }

  take(key: string, rate: TokenRate): RateDecision {
    const now = this.#clock.now()
    const bucket = this.#byKey.get(key)
    const decision = decide(bucket?.fullAt ?? now, now, rate)
    if (!decision.isAllowed) return decision
    if (bucket === undefined) this.#add({ key, fullAt: takeToken(now, now, rate) })
    else bucket.fullAt = takeToken(bucket.fullAt, now, rate)
    return decision
  }

  peek(key: string, rate: TokenRate): RateDecision {
    const now = this.#clock.now()
    return decide(this.#byKey.get(key)?.fullAt ?? now, now, rate)
  }

  #add(bucket: Bucket): void {
    if (this.#all.length < this.#capacity) this.#all.push(bucket)
    else this.#replaceFullest(bucket)
    this.#byKey.set(bucket.key, bucket)
  }

  /**
   * Forgets the fullest of the next few buckets in turn. Whoever floods the store with new keys, to have an empty bucket
   * forgotten, has his new and nearly full ones forgotten instead (RL-06).
   */
  #replaceFullest(bucket: Bucket): void {
    let fullest = this.#next
    for (let step = 0; step < SAMPLE; step++) {
      if (this.#at(this.#next).fullAt < this.#at(fullest).fullAt) fullest = this.#next
      this.#next = (this.#next + 1) % this.#capacity
    }
    this.#byKey.delete(this.#at(fullest).key)
    this.#all[fullest] = bucket
  }

  #at(index: number): Bucket {
    return this.#all[index] as Bucket
  }
}

interface Bucket {
  readonly key: string
  /** See `token-bucket.ts`. */
  fullAt: number
}

const SAMPLE = 8
const ALLOWED: RateDecision = Object.freeze({ isAllowed: true, retryAfter: 0 })

function decide(fullAt: number, now: number, rate: TokenRate): RateDecision {
  const retryAfter = waitForToken(fullAt, now, rate)
  return retryAfter === 0 ? ALLOWED : { isAllowed: false, retryAfter }
}
