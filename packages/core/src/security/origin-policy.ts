import { SluiceError } from '../errors.ts'
import { type OriginList, resolveOriginList } from './origin-list.ts'
import { parseOrigin } from './parse-origin.ts'
import type { UpgradeRequest } from './ports.ts'
import type { UpgradeContext } from './stage.ts'

/** Which websites may open a route. A function is asked for every origin that can be read; only `true` allows. */
export type AllowedOrigins =
  | 'same-origin'
  | '*'
  | 'cors'
  | readonly (string | RegExp)[]
  | ((origin: string, request: UpgradeRequest) => boolean | Promise<boolean>)

/** A resolved `allowedOrigins`. */
export interface OriginPolicy {
  readonly kind: 'same-origin' | 'any' | 'cors' | 'list' | 'function'
  /** The entries of a list as text, for the start-up lint. */
  readonly entries: readonly string[]
  /** Decides on an origin in the spelling of `parseOrigin`. Only `true` allows. */
  allows(origin: string, context: UpgradeContext): unknown
}

/**
 * Reads `allowedOrigins`.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function resolveOriginPolicy(given: unknown): OriginPolicy {
  if (given === 'same-origin') return SAME_ORIGIN
  if (given === '*') return policy('any', () => true)
  if (given === 'cors') return policy('cors', isAllowedByCors)
  if (Array.isArray(given)) return listPolicy(resolveOriginList(given))
  if (typeof given === 'function') return policy('function', (origin, context) => given(origin, context.request))
  throw new SluiceError(
    'ERR_INVALID_OPTION',
    `allowedOrigins must be 'same-origin', '*', 'cors', a list or a function, got ${String(given)}`,
  )
}

function policy(
  kind: OriginPolicy['kind'],
  allows: OriginPolicy['allows'],
  entries: readonly string[] = [],
): OriginPolicy {
  return Object.freeze({ kind, entries, allows })
}

function listPolicy(list: OriginList): OriginPolicy {
  const allows = list.includesSameOrigin
    ? (origin: string, context: UpgradeContext) => list.includes(origin) || isSameOrigin(origin, context)
    : (origin: string) => list.includes(origin)
  return policy('list', allows, list.entries)
}

/** `@fastify/cors` has judged the request already: its answer is on the response. */
function isAllowedByCors(origin: string, { corsOrigin }: UpgradeContext): boolean {
  return corsOrigin === '*' || (corsOrigin !== undefined && parseOrigin(corsOrigin) === origin)
}

/** Scheme, host and port are those that the client asked for. */
function isSameOrigin(origin: string, { request }: UpgradeContext): boolean {
  return origin === parseOrigin(`${request.protocol}://${request.host}`) && !isRebound(request)
}

/**
 * Plain http from this very machine, under a name that is not this machine's: a website whose DNS was pointed at
 * 127.0.0.1 after it was loaded. It is of the same origin by name only.
 */
function isRebound({ protocol, ip, host }: UpgradeRequest): boolean {
  return protocol === 'http' && LOOPBACK_ADDRESS.test(ip) && !LOOPBACK_HOST.test(host)
}

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/i
const LOOPBACK_HOST = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/i

const SAME_ORIGIN = policy('same-origin', isSameOrigin)
