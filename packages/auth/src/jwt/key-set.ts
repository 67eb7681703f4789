import type { JsonWebKey, webcrypto } from 'node:crypto'
import type { Clock } from '@sluice/core/ports'
import { SluiceError } from '@sluice/core/ports'
import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'

/** A JSON Web Key Set that is fetched from its owner (RFC 7517). */
export interface KeySetOptions {
  /** https, or http on the loopback interface. */
  readonly url: string | URL
  /** Milliseconds after a fetch in which an unknown key is not looked for again. @default 30_000 */
  readonly cooldown?: number
  /** Milliseconds for which a fetched set is good. @default 600_000 */
  readonly maxAge?: number
  /** Milliseconds for one fetch. @default 5_000 */
  readonly timeout?: number
  /** @default Node's own */
  readonly fetch?: typeof globalThis.fetch
}

/** RFC 7517. The types of jose are not named in ours: a CommonJS program cannot import them. */
export interface JsonWebKeySet {
  readonly keys: readonly JsonWebKey[]
}

/** What jose asks for the key of a token. */
export type GetKey = (header: object, token: object) => Promise<webcrypto.CryptoKey>

/** Finds the key of a token. */
export type FindKey = (clock: Clock) => GetKey

/** Keys that are given once and for all. @throws SluiceError `ERR_INVALID_OPTION` */
export function createStaticKeySet(set: JsonWebKeySet): FindKey {
  const find = readKeySet(set)
  return () => find
}

/**
 * Keys that are fetched when first needed, when they have grown old, and when a token names one that is not known; in
 * the last case, and after a failure, no more than once in each cooldown. While their owner cannot be reached, old keys
 * stay good.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function createRemoteKeySet(options: KeySetOptions): FindKey {
  const url = resolveUrl(options.url)
  const { cooldown = 30_000, maxAge = 600_000, timeout = 5_000, fetch = globalThis.fetch } = options
  let keys: GetKey | undefined
  let goodUntil = Number.NEGATIVE_INFINITY
  let coolUntil = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const refresh = (clock: Clock): Promise<void> => {
    fetching ??= fetchKeySet(url, fetch, timeout)
      .then((set) => {
        keys = set
        goodUntil = clock.now() + maxAge
      })
      .finally(() => {
        coolUntil = clock.now() + cooldown
        fetching = undefined
      })
    return fetching
  }

  const mayRefresh = (clock: Clock) => fetching !== undefined || clock.now() >= coolUntil

  const current = async (clock: Clock): Promise<GetKey> => {
    if (clock.now() < goodUntil && keys !== undefined) return keys
    if (mayRefresh(clock)) {
      try {
        await refresh(clock)
      } catch (error) {
        if (keys === undefined) throw error
      }
    }
    if (keys === undefined) throw new Error(`the key set at ${url.href} could not be fetched`)
    return keys
  }

  return (clock) => async (header, token) => {
    const find = await current(clock)
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayRefresh(clock)) throw error
      await refresh(clock)
      return (keys ?? find)(header, token)
    }
  }
}

async function fetchKeySet(url: URL, fetch: typeof globalThis.fetch, timeout: number): Promise<GetKey> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  })
  if (response.status !== 200) throw new Error(`the key set at ${url.href} answered ${response.status}`)
  return readKeySet((await response.json()) as JsonWebKeySet)
}

function readKeySet(set: JsonWebKeySet): GetKey {
  try {
    return createLocalJWKSet(set as JSONWebKeySet) as GetKey
  } catch (cause) {
    throw new SluiceError('ERR_INVALID_OPTION', 'jwks is not a JSON Web Key Set', { cause })
  }
}

function resolveUrl(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  const isLoopback = url !== undefined && /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url
  throw new SluiceError('ERR_INVALID_OPTION', `jwks must be an https address, got ${String(given)}`)
}
