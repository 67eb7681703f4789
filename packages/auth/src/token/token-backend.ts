import type { AuthBackend, AuthContext, Authentication, Clock, UpgradeRequest } from '@sluice/core/ports'
import type { TokenReader } from './presented.ts'
import { withoutSubprotocolTokens } from './subprotocol-token.ts'
import { createTokenReader, LONGEST_TOKEN } from './token-readers.ts'
import { sourceNames, type TokenSource } from './token-source.ts'

export interface TokenBackendOptions<Context extends AuthContext> {
  readonly name: string
  readonly challenge: string
  readonly sources: readonly TokenSource[]
  /** What `'header'` means. */
  readonly readHeader: TokenReader
  /** See `AuthBackend`. */
  readonly secretHeaders?: readonly string[]
  /** Checks a token, wherever it came from. */
  readonly check: (token: string, request: UpgradeRequest, clock: Clock) => Answer<Context>
  /** Milliseconds for the first message, where it is a source. */
  readonly authTimeout: number
  readonly expiryGrace?: number
  /** Tokens that are used up by being seen are not harmed by standing in a log. */
  readonly isSafeInQuery?: boolean
  readonly warnings?: AuthBackend['warnings']
}

type Answer<Context extends AuthContext> = Authentication<Context> | Promise<Authentication<Context>>

/** Makes a backend of a check for tokens and the places in which they are looked for. */
export function createTokenBackend<Context extends AuthContext>(
  options: TokenBackendOptions<Context>,
): AuthBackend<Context> {
  const { name, challenge, sources, check, authTimeout, expiryGrace, isSafeInQuery, warnings = [] } = options
  const read = createTokenReader(sources, options.readHeader)
  const secretQueryParams = sourceNames(sources, 'query')
  const warnsOfQuery = secretQueryParams.length > 0 && isSafeInQuery !== true
  return Object.freeze({
    name,
    challenge,
    authenticate(request: UpgradeRequest, clock: Clock): Answer<Context> {
      const presented = read(request)
      if (presented === undefined) return NONE
      if ('malformed' in presented) return { kind: 'invalid', reason: `malformed: ${presented.malformed}` }
      return check(presented.token, request, clock)
    },
    authenticateToken(token: string, request: UpgradeRequest, clock: Clock): Answer<Context> {
      return token.length > LONGEST_TOKEN ? TOO_LONG : check(token, request, clock)
    },
    readsCookies: sourceNames(sources, 'cookie').length > 0,
    secretQueryParams,
    secretHeaders: options.secretHeaders ?? [],
    ...(sources.includes('subprotocol') && { withoutCredentials: withoutSubprotocolTokens }),
    ...(sources.includes('message') && { firstMessage: Object.freeze({ timeout: authTimeout }) }),
    ...(expiryGrace !== undefined && { expiryGrace }),
    warnings: [...warnings, ...(warnsOfQuery ? (['SLUICE_WARN_QUERY_CREDENTIALS'] as const) : [])],
  })
}

const NONE = Object.freeze({ kind: 'none' })
const TOO_LONG = Object.freeze({ kind: 'invalid', reason: 'malformed: too long' })
