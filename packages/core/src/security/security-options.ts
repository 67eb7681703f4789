import { SluiceError } from '../errors.ts'
import { type AllowedOrigins, type OriginPolicy, resolveOriginPolicy } from './origin-policy.ts'
import type { AuthBackend, Guard } from './ports.ts'
import { type RateLimitOptions, type ResolvedRateLimit, resolveRateLimit } from './rate-limit-options.ts'
import type { UserCapacityPolicy } from './user-seats.ts'

/** Who may open a route. The same options serve the app, its parents and the route; see `resolveSecurityPolicy`. */
export interface SecurityOptions {
  /** Checks credentials, tried in order. @default none: every peer is anonymous */
  readonly auth?: readonly AuthBackend[]
  /** All must allow, asked in order. @default none */
  readonly guards?: readonly Guard[]
  /** Which websites may open the route. @default 'same-origin' */
  readonly allowedOrigins?: AllowedOrigins
  /** Denies requests without `Origin`. @default false, but true for requests with cookies where a backend reads one */
  readonly requireOrigin?: boolean
  /** How often one peer may open connections; `false` lifts the limits that would be inherited. @default none */
  readonly rateLimit?: RateLimitOptions | false
  /** How often one peer may show wrong credentials before none are looked at. @default none */
  readonly authFailureLimit?: RateLimitOptions | false
  /** Connections at a time, those in their handshake included. @default unlimited */
  readonly maxConnections?: number
  /** Connections of one user at a time. @default unlimited */
  readonly maxConnectionsPerUser?: number | UserCapacityOptions
  /** Milliseconds from the upgrade request to the 101. @default 10_000 */
  readonly handshakeTimeout?: number
  /** How a denial is told: as an HTTP response, or, so that a browser learns why, as a 101 and a close code. @default 'http' */
  readonly denial?: 'http' | 'close'
}

export interface UserCapacityOptions {
  readonly max: number
  /** `'newest-wins'` closes the oldest open connection with 4409. @default 'deny' */
  readonly policy?: UserCapacityPolicy
}

/** The options of one layer, checked. What was not given is absent. */
export interface ResolvedSecurityOptions {
  readonly auth: readonly AuthBackend[]
  readonly guards: readonly Guard[]
  readonly allowedOrigins?: OriginPolicy
  readonly requireOrigin?: boolean
  readonly rateLimit?: ResolvedRateLimit | false
  readonly authFailureLimit?: ResolvedRateLimit | false
  readonly maxConnections?: number
  readonly maxConnectionsPerUser?: Required<UserCapacityOptions>
  readonly handshakeTimeout?: number
  readonly denial?: 'http' | 'close'
}

/**
 * Checks the values of one layer's options.
 * @throws SluiceError `ERR_INVALID_OPTION`, naming the option
 */
export function resolveSecurityOptions(given: SecurityOptions): ResolvedSecurityOptions {
  return Object.freeze({
    auth: resolveList('auth', given.auth, isBackend),
    guards: resolveList('guards', given.guards, isGuard),
    ...resolved('allowedOrigins', given.allowedOrigins, resolveOriginPolicy),
    ...resolved('requireOrigin', given.requireOrigin, resolveBoolean),
    ...resolved('rateLimit', given.rateLimit, resolveOptionalRateLimit),
    ...resolved('authFailureLimit', given.authFailureLimit, resolveOptionalRateLimit),
    ...resolved('maxConnections', given.maxConnections, resolveCount),
    ...resolved('maxConnectionsPerUser', given.maxConnectionsPerUser, resolveUserCapacity),
    ...resolved('handshakeTimeout', given.handshakeTimeout, resolveDuration),
    ...resolved('denial', given.denial, resolveDenial),
  })
}

function resolved<Name extends string, Value>(
  name: Name,
  given: unknown,
  resolve: (given: unknown, name: string) => Value,
): { readonly [K in Name]?: Value } {
  return given === undefined ? {} : ({ [name]: resolve(given, name) } as { readonly [K in Name]: Value })
}

function resolveList<T>(name: string, given: unknown, isItem: (item: unknown) => item is T): readonly T[] {
  if (given === undefined) return NOTHING
  if (!Array.isArray(given)) throw invalid(name, 'must be a list', given)
  given.forEach((item, index) => {
    if (!isItem(item)) throw invalid(`${name}[${index}]`, `is not usable as one of ${name}`, item)
  })
  return Object.freeze([...(given as T[])])
}

const NOTHING: readonly never[] = Object.freeze([])

function isBackend(item: unknown): item is AuthBackend {
  if (typeof item !== 'object' || item === null) return false
  const { name, challenge, authenticate } = item as Partial<AuthBackend>
  return typeof name === 'string' && typeof challenge === 'string' && typeof authenticate === 'function'
}

function isGuard(item: unknown): item is Guard {
  if (typeof item !== 'object' || item === null) return false
  const { name, check } = item as Partial<Guard>
  return typeof name === 'string' && typeof check === 'function'
}

function resolveBoolean(given: unknown, name: string): boolean {
  if (typeof given !== 'boolean') throw invalid(name, 'must be true or false', given)
  return given
}

function resolveOptionalRateLimit(given: unknown, name: string): ResolvedRateLimit | false {
  return given === false ? false : resolveRateLimit(given, name)
}

function resolveCount(given: unknown, name: string): number {
  if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 1) {
    throw invalid(name, 'must be an integer of at least 1', given)
  }
  return given
}

function resolveUserCapacity(given: unknown, name: string): Required<UserCapacityOptions> {
  if (typeof given !== 'object' || given === null) return { max: resolveCount(given, name), policy: 'deny' }
  const { max, policy = 'deny', ...rest } = given as UserCapacityOptions
  for (const key of Object.keys(rest)) throw new SluiceError('ERR_UNKNOWN_OPTION', `unknown option '${name}.${key}'`)
  if (policy !== 'deny' && policy !== 'newest-wins') {
    throw invalid(`${name}.policy`, "must be 'deny' or 'newest-wins'", policy)
  }
  return Object.freeze({ max: resolveCount(max, `${name}.max`), policy })
}

function resolveDuration(given: unknown, name: string): number {
  if (typeof given !== 'number' || !Number.isFinite(given) || given <= 0) {
    throw invalid(name, 'must be a number of milliseconds above 0', given)
  }
  return given
}

function resolveDenial(given: unknown, name: string): 'http' | 'close' {
  if (given !== 'http' && given !== 'close') throw invalid(name, "must be 'http' or 'close'", given)
  return given
}

function invalid(name: string, rule: string, given: unknown): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `${name} ${rule}, got ${String(given)}`)
}
