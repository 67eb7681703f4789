/** How fast a bucket fills, and how much it holds. */
export interface TokenRate {
  /** Tokens that come back each second. */
  readonly rps: number
  /** Tokens of a full bucket. */
  readonly burst: number
}

/**
 * A bucket is one number: the time at which it is full again. Taking a token moves that time one period on; a bucket is
 * empty when it lies `burst` periods ahead. (The generic cell rate algorithm, ITU-T I.371.)
 */
export function takeToken(fullAt: number, now: number, rate: TokenRate, cost = 1): number {
  return Math.max(fullAt, now) + cost * period(rate)
}

/**
 * Milliseconds until so many tokens may be taken; 0 when they are there. More than the bucket holds may be taken when it is full, and
 * what is missing then has to come back first.
 */
export function waitForToken(fullAt: number, now: number, rate: TokenRate, cost = 1): number {
  const wait = Math.max(fullAt, now) - now - Math.max(0, rate.burst - cost) * period(rate)
  return wait > rounding(rate) ? wait : 0
}

function period(rate: TokenRate): number {
  return 1000 / rate.rps
}

/** Sums of periods are not exact: a token that is this little short, in milliseconds, is there. */
function rounding(rate: TokenRate): number {
  return Math.min(0.01, period(rate) / 10)
}
