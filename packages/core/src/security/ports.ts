import type { IncomingHttpHeaders } from 'node:http'
import type { Denial } from './denial.ts'

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
}

/** A backend's answer: no credentials of its kind, proven, or presented and wrong. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'ok'; readonly context: AuthContext }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Checks credentials of one kind. */
export interface AuthBackend<Context extends AuthContext = AuthContext> {
  readonly name: string
  /** The `WWW-Authenticate` challenge of this backend, such as `Bearer`. */
  readonly challenge: string
  authenticate(request: UpgradeRequest): Authentication | Promise<Authentication>
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
export interface Guard {
  readonly name: string
  check(context: GuardContext): GuardVerdict | Promise<GuardVerdict>
}
