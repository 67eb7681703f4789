import { SluiceError } from '../errors.ts'
import type { TokenRate } from '../token-bucket.ts'
import type { RateKey } from './rate-key.ts'

/** How often one peer may open connections. */
export interface RateLimitOptions {
  /** Handshakes that come back each second. May be a fraction. */
  readonly rps: number
  /** Handshakes that may come at once. @default rps, at least 1 */
  readonly burst?: number
  /** @default 'ip' */
  readonly key?: RateKey
  /** Leading bits of an IPv6 address that count as one peer. @default 64 */
  readonly ipv6Prefix?: number
  /** What happens while a shared `rateStore` does not answer. @default 'allow' */
  readonly onStoreError?: 'allow' | 'deny'
}

export interface ResolvedRateLimit extends TokenRate {
  readonly key: RateKey
  readonly ipv6Prefix: number
  readonly onStoreError: 'allow' | 'deny'
}

/**
 * Fills in the defaults of a `rateLimit`.
 * @param name the option, for the error
 * @throws SluiceError `ERR_INVALID_OPTION`, `ERR_UNKNOWN_OPTION`
 */
export function resolveRateLimit(given: unknown, name = 'rateLimit'): ResolvedRateLimit {
  if (typeof given !== 'object' || given === null) throw invalid(name, 'must be { rps, burst?, key? } or false', given)
  for (const key of Object.keys(given)) {
    if (!KNOWN.has(key)) throw new SluiceError('ERR_UNKNOWN_OPTION', `unknown option '${name}.${key}'`)
  }
  const { rps, burst, key = 'ip', ipv6Prefix = 64, onStoreError = 'allow' } = given as RateLimitOptions
  assertOption(isPositive(rps), `${name}.rps`, 'must be a number above 0', rps)
  assertOption(burst === undefined || (isPositive(burst) && burst >= 1), `${name}.burst`, 'must be at least 1', burst)
  assertOption(isRateKey(key), `${name}.key`, "must be 'ip', 'user', 'header:<name>' or a function", key)
  const isPrefix = Number.isInteger(ipv6Prefix) && ipv6Prefix >= 1 && ipv6Prefix <= 128
  assertOption(isPrefix, `${name}.ipv6Prefix`, 'must be an integer from 1 to 128', ipv6Prefix)
  const isPolicy = onStoreError === 'allow' || onStoreError === 'deny'
  assertOption(isPolicy, `${name}.onStoreError`, "must be 'allow' or 'deny'", onStoreError)
  return Object.freeze({ rps, burst: burst ?? Math.max(1, rps), key, ipv6Prefix, onStoreError })
}

const KNOWN: ReadonlySet<string> = new Set(['rps', 'burst', 'key', 'ipv6Prefix', 'onStoreError'])

/** A field name as RFC 9110, 5.1 writes it. */
const HEADER_KEY = /^header:[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

function isRateKey(key: unknown): key is RateKey {
  if (typeof key === 'function') return true
  return key === 'ip' || key === 'user' || (typeof key === 'string' && HEADER_KEY.test(key))
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function assertOption(isValid: boolean, name: string, rule: string, given: unknown): void {
  if (!isValid) throw invalid(name, rule, given)
}

function invalid(name: string, rule: string, given: unknown): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `${name} ${rule}, got ${String(given)}`)
}
