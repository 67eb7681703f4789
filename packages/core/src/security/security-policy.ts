import type { MissingOrigin } from './origin.ts'
import { type OriginPolicy, resolveOriginPolicy } from './origin-policy.ts'
import type { AuthBackend, Guard } from './ports.ts'
import type { ResolvedRateLimit } from './rate-limit-options.ts'
import {
  type ResolvedSecurityOptions,
  resolveSecurityOptions,
  type SecurityOptions,
  type UserCapacityOptions,
} from './security-options.ts'

/** Options given in one place: on the plugin, a parent, or the route. */
export interface SecurityLayer {
  /** Names the place, uniquely: the limits of a layer are shared by all routes that have it. */
  readonly scope: string
  readonly options: SecurityOptions
}

/** A value and the scope in which it is counted. */
export interface Scoped<T> {
  readonly scope: string
  readonly value: T
}

/** All that decides who may open one route. Frozen. */
export interface SecurityPolicy {
  readonly auth: readonly AuthBackend[]
  /** One list for each layer that has guards. */
  readonly guards: readonly (readonly Guard[])[]
  readonly origin: OriginPolicy
  readonly missingOrigin: MissingOrigin
  readonly rateLimits: readonly Scoped<ResolvedRateLimit>[]
  readonly authFailureLimit: Scoped<ResolvedRateLimit> | null
  readonly maxConnections: readonly Scoped<number>[]
  readonly maxConnectionsPerUser: readonly Scoped<Required<UserCapacityOptions>>[]
  readonly handshakeTimeout: number
  readonly denial: 'http' | 'close'
}

/**
 * Joins the layers of a route, the outermost first. Backends, guards, rate limits and caps add up, so that no layer can
 * lose what another demands; of origins, timeout and manner of denial the innermost counts.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function resolveSecurityPolicy(layers: readonly SecurityLayer[]): SecurityPolicy {
  const resolved: ResolvedLayer[] = layers.map(({ scope, options }) => ({
    scope,
    options: resolveSecurityOptions(options),
  }))
  const auth = [...new Set(resolved.flatMap(({ options }) => options.auth))]
  return Object.freeze({
    auth: Object.freeze(auth),
    guards: Object.freeze(resolved.map(({ options }) => options.guards).filter((guards) => guards.length > 0)),
    origin: innermost(resolved, 'allowedOrigins') ?? SAME_ORIGIN,
    missingOrigin: missingOrigin(innermost(resolved, 'requireOrigin'), auth),
    rateLimits: Object.freeze(rateLimits(resolved)),
    authFailureLimit: authFailureLimit(resolved),
    maxConnections: Object.freeze(all(resolved, 'maxConnections')),
    maxConnectionsPerUser: Object.freeze(all(resolved, 'maxConnectionsPerUser')),
    handshakeTimeout: innermost(resolved, 'handshakeTimeout') ?? 10_000,
    denial: innermost(resolved, 'denial') ?? 'http',
  })
}

interface ResolvedLayer {
  readonly scope: string
  readonly options: ResolvedSecurityOptions
}

const SAME_ORIGIN = resolveOriginPolicy('same-origin')

function innermost<Name extends keyof ResolvedSecurityOptions>(
  layers: readonly ResolvedLayer[],
  name: Name,
): ResolvedSecurityOptions[Name] | undefined {
  return layers.findLast(({ options }) => options[name] !== undefined)?.options[name]
}

function all<Name extends keyof ResolvedSecurityOptions>(
  layers: readonly ResolvedLayer[],
  name: Name,
): Scoped<NonNullable<ResolvedSecurityOptions[Name]>>[] {
  return layers.flatMap(({ scope, options }) => {
    const value = options[name]
    return value === undefined ? [] : [Object.freeze({ scope, value: value as NonNullable<typeof value> })]
  })
}

/** A cookie is the one credential that a website can use without knowing it: see `AuthBackend.readsCookies`. */
function missingOrigin(requireOrigin: boolean | undefined, auth: readonly AuthBackend[]): MissingOrigin {
  if (requireOrigin !== undefined) return requireOrigin ? 'deny' : 'allow'
  return auth.some((backend) => backend.readsCookies === true) ? 'deny-with-cookies' : 'allow'
}

/** `false` is no empty list: it says in so many words that the limits outside of it shall not apply. */
function rateLimits(layers: readonly ResolvedLayer[]): Scoped<ResolvedRateLimit>[] {
  const given = all(layers, 'rateLimit')
  const kept = given.slice(given.findLastIndex(({ value }) => value === false) + 1)
  return kept.flatMap(({ scope, value }) => (value === false ? [] : [{ scope, value }]))
}

function authFailureLimit(layers: readonly ResolvedLayer[]): Scoped<ResolvedRateLimit> | null {
  const [innermostLimit] = all(layers, 'authFailureLimit').slice(-1)
  if (innermostLimit === undefined || innermostLimit.value === false) return null
  return { scope: `auth-failures ${innermostLimit.scope}`, value: innermostLimit.value }
}
