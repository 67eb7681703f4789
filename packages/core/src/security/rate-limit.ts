import { isPending } from '../is-pending.ts'
import { createDenial } from './denial.ts'
import type { KeyOf } from './rate-key.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { denied, PASSED, type Stage, type UpgradeContext, type Verdict } from './stage.ts'

/** One limit, and how it finds the key of a handshake. */
export interface CountedLimit {
  readonly limiter: RateLimiter
  readonly keyOf: KeyOf
}

/** Takes one token for a handshake from each limit, the widest first; the first that has none denies. */
export function createRateLimitStage(limits: readonly CountedLimit[]): Stage {
  return (context) => takeFrom(limits, 0, context)
}

function takeFrom(limits: readonly CountedLimit[], start: number, context: UpgradeContext): Verdict | Promise<Verdict> {
  for (let index = start; index < limits.length; index++) {
    const { limiter, keyOf } = limits[index] as CountedLimit
    const key = keyOf(context)
    if (key === undefined) return KEY_TOO_LONG
    const verdict = limiter.take(key)
    if (isPending(verdict)) return verdict.then((late) => (late.ok ? takeFrom(limits, index + 1, context) : late))
    if (!verdict.ok) return verdict
  }
  return PASSED
}

const KEY_TOO_LONG = denied(createDenial('ERR_INVALID_UPGRADE', { detail: 'Rate limit key too long' }))
