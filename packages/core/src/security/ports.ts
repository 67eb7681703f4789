import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../clock.ts'
import type { Denial } from './denial.ts'
import type { WarningCode } from './warnings.ts'

/** What the pipeline may know of an upgrade request. A Fastify request is one. */
export interface UpgradeRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The peer's address, as Fastify's `trustProxy` decided. Empty where the socket has none. */
  readonly ip: string
  /** Host and port that the client asked for, as `trustProxy` decided. */
  readonly host: string
  readonly protocol: 'http' | 'https'
  readonly raw: { readonly rawHeaders: readonly string[] }
}

/** What an authentication backend proved about the peer. Frozen. */
export interface AuthContext {
  readonly userId: string | null
  readonly permissions: ReadonlySet<string>
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly claims: Readonly<Record<string, unknown>>
  /** The backend that proved it: `'jwt'`, `'api-key'`, or a name of yours. */
  readonly backend: string
  /** When the credentials end, in milliseconds since the Unix epoch. Absent when they do not. */
  readonly expiresAt?: number
}

/** A backend's answer: no credentials of its kind, proven, or presented and wrong. `reason` is for the log alone. */
export type Authentication<Context extends AuthContext = AuthContext> =
  | { readonly kind: 'none' }
  | { readonly kind: 'ok'; readonly context: Context }
  | { readonly kind: 'invalid'; readonly reason: string }

/**
 * Checks credentials of one kind. A backend that throws denies with 503: it could not decide.
 * The optional members tell the handshake what it must hide, strip, ask for or end.
 */
export interface AuthBackend<Context extends AuthContext = AuthContext> {
  readonly name: string
  /** The `WWW-Authenticate` challenge of this backend, such as `Bearer`. */
  readonly challenge: string
  authenticate(request: UpgradeRequest, clock: Clock): Authentication<Context> | Promise<Authentication<Context>>

  /** Checks a token that came as a message: the first one (see `firstMessage`), or a refresh on the open connection. */
  authenticateToken?(
    token: string,
    request: UpgradeRequest,
    clock: Clock,
  ): Authentication<Context> | Promise<Authentication<Context>>

  /** Set when credentials may come as the first message, which must arrive within `timeout` milliseconds of the 101. */
  readonly firstMessage?: { readonly timeout: number }
  /** Reads a cookie, which browsers attach by themselves: a request with cookies but no `Origin` is then denied. */
  readonly readsCookies?: boolean
  /** Query parameters that hold credentials, to be redacted wherever the address is written down. */
  readonly secretQueryParams?: readonly string[]
  /** Headers that hold credentials, in lower case, beside `authorization` and `cookie`: no error shows what is in them. */
  readonly secretHeaders?: readonly string[]
  /** The offered subprotocols that are not credentials. What this removes is never negotiated and never echoed. */
  withoutCredentials?(subprotocols: readonly string[]): readonly string[]
  /** Milliseconds that a connection may outlive `AuthContext.expiresAt`, for the client to refresh. @default 0 */
  readonly expiryGrace?: number
  /** What is legal but dangerous in this backend's own configuration, for the start-up lint. */
  readonly warnings?: readonly WarningCode[]
  /** Type only: what `ws.auth` is when this backend answered. */
  readonly context?: Context
}

/** What a guard may look at. Reading `params` coerces them; a failure ends the handshake with 422. */
export interface GuardContext {
  readonly request: UpgradeRequest
  readonly auth: AuthContext | null
  readonly params: Readonly<Record<string, unknown>>
  /** The route's path template. */
  readonly route: string
}

export type GuardVerdict = boolean | Denial

/** A yes or no rule. Only `true` allows; a guard that throws denies with 500. */
export interface Guard<Proof = unknown> {
  readonly name: string
  check(context: GuardContext): GuardVerdict | Promise<GuardVerdict>
  /** When this guard allows, the guards after it in the same list are not asked. */
  readonly isFinal?: boolean
  /** Whether the rule looks at `auth`, so that without any backend it could never allow. */
  readonly needsAuth?: boolean
  /** Type only: what `ws.auth` is known to be once this guard allowed. */
  readonly proof?: Proof
}
