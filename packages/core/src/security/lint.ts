import type { SecurityPolicy } from './security-policy.ts'
import { WARNINGS, type WarningCode } from './warnings.ts'

/** What the lint knows of one route, beside its policy. */
export interface LintedRoute {
  /** The route's path template. */
  readonly route: string
  readonly policy: SecurityPolicy
  /** In milliseconds; null where the route sends no pings. */
  readonly heartbeat: { readonly interval: number; readonly timeout: number } | null
}

/** What the lint knows of the app. */
export interface LintFacts {
  /** `trustProxy` is `true`: every `X-Forwarded-For` is believed. */
  readonly trustsEveryProxy: boolean
}

/** One thing that is legal and dangerous, and the routes where it is. */
export interface Warning {
  readonly code: WarningCode
  readonly text: string
  readonly routes: readonly string[]
}

/** Looks for what is legal and dangerous. @param silenced codes that the app has decided to live with */
export function lintPolicies(
  routes: readonly LintedRoute[],
  facts: LintFacts,
  silenced: ReadonlySet<WarningCode> = new Set(),
): Warning[] {
  return (Object.keys(CHECKS) as WarningCode[]).flatMap((code) => {
    if (silenced.has(code)) return []
    const found = routes.filter((route) => CHECKS[code](route.policy, facts, route)).map(({ route }) => route)
    return found.length === 0 ? [] : [{ code, text: WARNINGS[code], routes: found }]
  })
}

type Check = (policy: SecurityPolicy, facts: LintFacts, route: LintedRoute) => boolean

const CHECKS: Record<WarningCode, Check> = {
  SLUICE_WARN_ANY_ORIGIN_WITH_COOKIES: (policy) => policy.origin.kind === 'any' && readsCookies(policy),
  SLUICE_WARN_CORS_WITH_COOKIES: (policy) => policy.origin.kind === 'cors' && readsCookies(policy),
  SLUICE_WARN_COOKIES_WITHOUT_ORIGIN: (policy) => policy.missingOrigin === 'allow' && readsCookies(policy),
  SLUICE_WARN_NULL_ORIGIN: (policy) => policy.origin.entries.includes('null'),
  SLUICE_WARN_INSECURE_ORIGIN: (policy) => policy.origin.entries.some(isInsecure),
  SLUICE_WARN_AUTH_WITHOUT_GUARD: (policy) => policy.auth.length > 0 && policy.guards.length === 0,
  SLUICE_WARN_GUARD_WITHOUT_AUTH: (policy) =>
    policy.auth.length === 0 && policy.guards.flat().some((guard) => guard.needsAuth === true),
  SLUICE_WARN_UNREACHABLE_GUARD: (policy) =>
    policy.guards.some((list) => list.slice(0, -1).some((guard) => guard.isFinal === true)),
  SLUICE_WARN_FORGEABLE_LIMIT_KEY: ({ rateLimits }) =>
    rateLimits.length > 0 &&
    rateLimits.every(({ value }) => typeof value.key === 'string' && value.key.startsWith('header:')),
  SLUICE_WARN_FORGEABLE_ADDRESS: (policy, facts) =>
    facts.trustsEveryProxy && policy.rateLimits.some(({ value }) => value.key === 'ip'),
  SLUICE_WARN_QUERY_CREDENTIALS: backendWarns('SLUICE_WARN_QUERY_CREDENTIALS'),
  SLUICE_WARN_NO_EXPIRY_REQUIRED: backendWarns('SLUICE_WARN_NO_EXPIRY_REQUIRED'),
  SLUICE_WARN_SHORT_SECRET: backendWarns('SLUICE_WARN_SHORT_SECRET'),
  SLUICE_WARN_SHORT_HEARTBEAT_TIMEOUT: (_policy, _facts, { heartbeat }) =>
    heartbeat !== null && heartbeat.timeout * 10 < heartbeat.interval,
}

function readsCookies({ auth }: SecurityPolicy): boolean {
  return auth.some((backend) => backend.readsCookies === true)
}

/** Plain http, and not from the developer's own machine. */
function isInsecure(entry: string): boolean {
  return (
    entry.startsWith('http://') &&
    !/^http:\/\/(?:(?:\*|[a-z0-9-]+)\.)*localhost(?::|$)|^http:\/\/(?:127\.|\[::1\])/.test(entry)
  )
}

/** What a backend says of its own configuration. */
function backendWarns(code: WarningCode): Check {
  return ({ auth }) => auth.some((backend) => backend.warnings?.includes(code) === true)
}
