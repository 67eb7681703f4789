import type { JsonWebKey, KeyObject } from 'node:crypto'
import { SluiceError, type WarningCode } from '@sluice/core/ports'
import { resolveSources, type TokenSource } from '../token/token-source.ts'
import type { Algorithm } from './algorithms.ts'
import type { ClaimRules } from './check-claims.ts'
import type { ClaimMapping } from './claim-mapping.ts'
import type { JsonWebKeySet, KeySetOptions } from './key-set.ts'
import { invalid, type ResolvedKey, resolveKey } from './resolve-key.ts'
import type { RevocationStore } from './revocation.ts'

/** Exactly one of `secret`, `publicKey` and `jwks`. Times are milliseconds. */
export interface JwtOptions {
  /** The key of HMAC signatures, which both sides know: at least as long as the hash. */
  readonly secret?: string | Uint8Array | KeyObject
  /** The key of RSA, EC or Ed25519 signatures, as PEM, as a JWK or as Node has it. */
  readonly publicKey?: string | KeyObject | JsonWebKey
  /** A set of public keys, or where to fetch it. */
  readonly jwks?: string | URL | JsonWebKeySet | KeySetOptions
  /** What tokens may be signed with. Of one family, except with `jwks`. @default ['HS256'] for a `secret`, else required */
  readonly algorithms?: readonly Algorithm[]
  /** What `iss` must be. @default anything */
  readonly issuer?: string | readonly string[]
  /** What `aud` must be, or have among it. @default anything */
  readonly audience?: string | readonly string[]
  /** Claims that must be there. */
  readonly requiredClaims?: readonly string[]
  /** Whether a token must end. @default true */
  readonly requireExpiry?: boolean
  /** By how much clocks may differ; at most 60_000. @default 5_000 */
  readonly leeway?: number
  /** How long a connection outlives its token, for the client to refresh it. @default 25_000 */
  readonly expiryGrace?: number
  /** How long the first message may take, where it is a source. @default 10_000 */
  readonly authTimeout?: number
  /** Where to look for a token, in this order. @default ['header'] */
  readonly sources?: readonly TokenSource[]
  /** Asked for every token, which must then have a `jti`. */
  readonly revocation?: RevocationStore
  /** Which claims make up the context. */
  readonly claims?: ClaimMapping
}

export interface ResolvedJwtOptions {
  readonly verifierFor: ResolvedKey['verifierFor']
  readonly rules: ClaimRules
  readonly sources: readonly TokenSource[]
  readonly expiryGrace: number
  readonly authTimeout: number
  readonly revocation: RevocationStore | undefined
  readonly claims: ClaimMapping
  readonly warnings: readonly WarningCode[]
}

/**
 * Fills in the defaults of a JWT backend and refuses what would make it unsafe.
 * @throws SluiceError `ERR_INVALID_OPTION`, `ERR_UNKNOWN_OPTION`
 */
export function resolveJwtOptions(given: JwtOptions): ResolvedJwtOptions {
  for (const name of Object.keys(given)) {
    if (!KNOWN.has(name)) throw new SluiceError('ERR_UNKNOWN_OPTION', `jwtAuthentication: unknown option '${name}'`)
  }
  const { leeway = 5_000, expiryGrace = 25_000, authTimeout = 10_000, requireExpiry = true, revocation } = given
  assertDuration('leeway', leeway, 60_000)
  assertDuration('expiryGrace', expiryGrace, Number.MAX_SAFE_INTEGER)
  assertDuration('authTimeout', authTimeout, Number.MAX_SAFE_INTEGER)
  if (revocation !== undefined && typeof revocation?.isRevoked !== 'function') {
    throw invalid('revocation needs a method isRevoked')
  }
  const requiredClaims = new Set(listOf('requiredClaims', given.requiredClaims))
  if (requireExpiry) requiredClaims.add('exp')
  if (revocation !== undefined) requiredClaims.add('jti')
  const key = resolveKey(given)
  return Object.freeze({
    verifierFor: key.verifierFor,
    rules: {
      issuers: listOf('issuer', given.issuer),
      audiences: listOf('audience', given.audience),
      requiredClaims: [...requiredClaims],
      leeway,
    },
    sources: resolveSources(given.sources ?? ['header']),
    expiryGrace,
    authTimeout,
    revocation,
    claims: given.claims ?? {},
    warnings: [...key.warnings, ...(requireExpiry ? [] : (['SLUICE_WARN_NO_EXPIRY_REQUIRED'] as const))],
  })
}

const KNOWN: ReadonlySet<string> = new Set([
  'secret',
  'publicKey',
  'jwks',
  'algorithms',
  'issuer',
  'audience',
  'requiredClaims',
  'requireExpiry',
  'leeway',
  'expiryGrace',
  'authTimeout',
  'sources',
  'revocation',
  'claims',
] satisfies (keyof JwtOptions)[])

function listOf(name: string, given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  const list = typeof given === 'string' ? [given] : given
  const isValid =
    Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string' && item !== '')
  if (!isValid) throw invalid(`${name} must be a text or a list of texts`)
  return [...list]
}

function assertDuration(name: string, given: unknown, most: number): void {
  const isValid = typeof given === 'number' && Number.isFinite(given) && given >= 0 && given <= most
  if (!isValid) throw invalid(`${name} must be a number of milliseconds up to ${most}, got ${String(given)}`)
}
