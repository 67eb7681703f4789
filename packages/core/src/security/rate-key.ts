import { clientKey } from './client-key.ts'
import type { UpgradeRequest } from './ports.ts'
import type { UpgradeContext } from './stage.ts'

/**
 * What a rate limit counts by: the peer's address, the authenticated user (or the address of an anonymous peer), a
 * request header (or the address where it is missing), or a text of yours.
 */
export type RateKey = 'ip' | 'user' | `header:${string}` | ((request: UpgradeRequest) => string)

/** The key of one handshake. `undefined` when it is longer than any honest one. */
export type KeyOf = (context: UpgradeContext) => string | undefined

/** Makes the function that finds the key; each kind has its own namespace, so that no two can meet in one bucket. */
export function createKeyOf(key: RateKey, ipv6Prefix: number): KeyOf {
  const byAddress = ({ request }: UpgradeContext) => `ip:${clientKey(request.ip, ipv6Prefix)}`
  if (key === 'ip') return byAddress
  if (key === 'user') {
    return (context) => {
      const userId = context.auth?.userId
      return typeof userId === 'string' ? bounded(`user:${userId}`) : byAddress(context)
    }
  }
  if (typeof key === 'function') return ({ request }) => bounded(`own:${assertText(key(request))}`)
  const name = key.slice('header:'.length).toLowerCase()
  return (context) => {
    const value = context.request.headers[name]
    return value === undefined ? byAddress(context) : bounded(`header:${String(value)}`)
  }
}

const LONGEST_KEY = 256

function bounded(key: string): string | undefined {
  return key.length - key.indexOf(':') - 1 > LONGEST_KEY ? undefined : key
}

function assertText(key: unknown): string {
  if (typeof key !== 'string') throw new TypeError(`rateLimit.key must return a string, got ${typeof key}`)
  return key
}
