import { createHash, timingSafeEqual } from 'node:crypto'
import {
  type AuthBackend,
  type AuthContext,
  type Authentication,
  createAuthContext,
  SluiceError,
  type UpgradeRequest,
} from '@sluice/core/ports'
import { later } from './later.ts'
import { isRepeated, type TokenReader } from './token/presented.ts'
import { createTokenBackend } from './token/token-backend.ts'
import { resolveSources, type TokenSource } from './token/token-source.ts'

/** What an API key proved. `userId` is the name of the key, never the key. */
export interface ApiKeyContext extends AuthContext {
  readonly backend: 'api-key'
}

/** A key, and what its bearer may do. */
export interface ApiKey {
  readonly key: string
  readonly permissions?: readonly string[]
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
}

interface ApiKeyCommonOptions {
  /** @default 'x-api-key' */
  readonly header?: string
  /** A query parameter, looked at after the other sources. */
  readonly query?: string
  /** Where to look for a key, in this order. @default ['header'] */
  readonly sources?: readonly TokenSource[]
  /** Milliseconds for the first message, where it is a source. @default 10_000 */
  readonly authTimeout?: number
}

/** Keys by name; an empty set denies every key. */
export interface ApiKeySetOptions extends ApiKeyCommonOptions {
  readonly keys: Readonly<Record<string, string | ApiKey>>
}

/** Keys that are looked up elsewhere. `null` means that there is no such key. */
export interface ApiKeyLookupOptions<Context extends AuthContext> extends ApiKeyCommonOptions {
  readonly verify: (key: string, request: UpgradeRequest) => Context | null | Promise<Context | null>
}

/**
 * Authenticates peers by API keys.
 * @throws SluiceError `ERR_INVALID_OPTION`, `ERR_UNKNOWN_OPTION`
 * @example auth: [apiKeyAuthentication({ keys: { reporting: { key, permissions: ['reports.read'] } } })]
 */
export function apiKeyAuthentication(options: ApiKeySetOptions): AuthBackend<ApiKeyContext>
export function apiKeyAuthentication<Context extends AuthContext>(
  options: ApiKeyLookupOptions<Context>,
): AuthBackend<Context>
export function apiKeyAuthentication(options: ApiKeySetOptions | ApiKeyLookupOptions<AuthContext>): AuthBackend {
  const {
    keys,
    verify,
    header = 'x-api-key',
    query,
    sources = ['header'],
    authTimeout = 10_000,
    ...rest
  } = options as Partial<ApiKeySetOptions & ApiKeyLookupOptions<AuthContext>>
  for (const name of Object.keys(rest))
    throw new SluiceError('ERR_UNKNOWN_OPTION', `apiKeyAuthentication: unknown option '${name}'`)
  if ((keys === undefined) === (verify === undefined)) throw invalid('give either keys or verify')
  if (typeof header !== 'string' || !/^[\w-]+$/.test(header)) throw invalid('header must be the name of a header')
  if (!Number.isFinite(authTimeout) || authTimeout <= 0) throw invalid('authTimeout must be a number of milliseconds')
  const find = verify ?? createKeyRing(keys ?? {})
  return createTokenBackend({
    name: 'api-key',
    challenge: 'ApiKey',
    sources: resolveSources(query === undefined ? sources : [...sources, { query }]),
    readHeader: headerReader(header.toLowerCase()),
    secretHeaders: [header.toLowerCase()],
    check: (key, request) => checkKey(key, request, find),
    authTimeout,
  })
}

type FindKey = ApiKeyLookupOptions<AuthContext>['verify']

function checkKey(key: string, request: UpgradeRequest, find: FindKey): Authentication | Promise<Authentication> {
  if (!KEY.test(key)) return UNKNOWN
  return later(find(key, request), answerOf)
}

/** A verifier that finds nobody has to say so: what is neither a context nor `null` is for the pipeline to refuse. */
function answerOf(context: AuthContext | null): Authentication {
  return context === null ? UNKNOWN : { kind: 'ok', context }
}

const KEY = /^[\x21-\x7e]+$/
const UNKNOWN: Authentication = Object.freeze({ kind: 'invalid', reason: 'unknown API key' })

/** Reads `x-api-key: <key>`, with or without a scheme; in `Authorization`, which other backends read too, only with one. */
function headerReader(name: string): TokenReader {
  return (request) => {
    const value = request.headers[name]
    if (value === undefined) return undefined
    if (typeof value !== 'string' || isRepeated(request, name)) return { malformed: `${name} header` }
    const scheme = SCHEME.exec(value)?.[0]
    if (scheme === undefined && name === 'authorization') return undefined
    const token = value.slice(scheme?.length ?? 0).trim()
    return token === '' ? { malformed: `${name} header` } : { token }
  }
}

const SCHEME = /^(?:bearer|apikey)(?: +|$)/i

/** Compares digests of one length, with every key, whatever came before: time tells neither a prefix nor a position. */
function createKeyRing(keys: ApiKeySetOptions['keys']): FindKey {
  const ring = Object.entries(keys).map(([name, given]) => resolveKey(name, given))
  if (new Set(ring.map(({ digest }) => digest.toString('hex'))).size < ring.length)
    throw invalid('keys: two are the same')
  return (presented) => {
    const digest = digestOf(presented)
    let found: ApiKeyContext | null = null
    for (const entry of ring) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.context
    }
    return found
  }
}

interface RingEntry {
  readonly digest: Buffer
  readonly context: ApiKeyContext
}

function resolveKey(name: string, given: string | ApiKey): RingEntry {
  const { key, ...rights } = typeof given === 'object' && given !== null ? given : { key: given }
  if (typeof key !== 'string' || !KEY.test(key))
    throw invalid(`keys.${name} must be visible ASCII characters, and not empty`)
  if (name === '') throw invalid('keys: a key needs a name')
  return {
    digest: digestOf(key),
    context: createAuthContext<ApiKeyContext>({ userId: name, backend: 'api-key', ...rights }),
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function invalid(rule: string): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `apiKeyAuthentication: ${rule}`)
}
