import { isToken } from '@sluice/protocol'
import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import { checkCodecOption } from './codec-check.ts'
import type { ConverterTable } from './coercion/converter.ts'
import { type ConverterOptions, resolveConverters } from './coercion/resolve-converters.ts'
import type { CompressionSettings, ConnectionLimits } from './connection/limits.ts'
import { isDependency } from './dependencies/dependency.ts'
import { DRAIN_CHECKS, type DrainOptions } from './drain-options.ts'
import type { PressureHooks, RouteOptions } from './handler/route-options.ts'
import { LIMIT_CHECKS, resolveLimits } from './limit-options.ts'
import {
  anything,
  assertOptions,
  type Checks,
  isPlain,
  listOf,
  nested,
  oneOf,
  recordOf,
  typeIs,
  unlessFalse,
  wholeNumber,
  withMethods,
  withoutUndefined,
} from './option-checks.ts'
import type { OnDenied } from './security/denial-reporter.ts'
import { MemoryRateStore } from './security/memory-rate-store.ts'
import type { RateStore } from './security/rate-store.ts'
import { resolveSecurityOptions, type SecurityOptions } from './security/security-options.ts'
import { WARNINGS, type WarningCode } from './security/warnings.ts'
import type { ServerHooks } from './server-hooks.ts'
import type { OnBackpressure, OnDrain } from './upgrade/connection-settings.ts'

/** Options of the plugin: defaults for every route, and what concerns the whole server. */
export interface SluiceOptions extends RouteOptions, ServerHooks {
  /** Called once for every denied handshake, for metrics. What it throws is logged. */
  onDenied?: OnDenied
  /** Bytes that all connections may hold together for peers that do not keep up. Beyond it, those that hold most are closed with 1013. @default 268_435_456 */
  maxBufferedBytes?: number
  /** Where rate limits are counted. @default the memory of this process */
  rateStore?: RateStore
  /** Warnings of the start-up lint that the app has decided to live with. @default [] */
  silenceWarnings?: readonly WarningCode[]
  /** Converters of your own for path parameters, by name. */
  converters?: Readonly<Record<string, ConverterOptions>>
  /** What carries the frames: our own engine, or the ws package. @default 'frame' */
  engine?: 'frame' | 'ws'
  /** How `app.close()` ends the connections. */
  drain?: DrainOptions
  /** Where the time comes from. @default Node's clock */
  clock?: Clock
}

/** The options of one route, resolved over those of its api and of the plugin. Frozen. */
export interface RouteSettings
  extends Required<
    Omit<
      RouteOptions,
      keyof SecurityOptions | keyof PressureHooks | 'limits' | 'compression' | 'summary' | 'description'
    >
  > {
  readonly limits: ConnectionLimits
  readonly compression: CompressionSettings | null
  /** Of every layer, the plugin's first. */
  readonly onBackpressure: readonly OnBackpressure[]
  readonly onDrain: readonly OnDrain[]
  readonly summary: string | undefined
  readonly description: string | undefined
}

export interface ServerSettings {
  readonly converters: ConverterTable
  readonly engine: 'frame' | 'ws'
  readonly clock: Clock
  readonly onDenied: OnDenied | undefined
  readonly maxBufferedBytes: number
  readonly rateStore: RateStore
  readonly drain: DrainOptions
  readonly silencedWarnings: ReadonlySet<WarningCode>
}

/**
 * Resolves the options of a route. What stands nearer to the route wins; limits are merged one by one.
 * @param layers the plugin's, the api's and the route's own, in this order
 * @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option
 */
export function resolveRouteOptions(layers: readonly RouteOptions[]): RouteSettings {
  for (const layer of layers) {
    assertOptions(layer, ROUTE_CHECKS, '')
    resolveSecurityOptions(securityOptionsOf(layer))
  }
  const given: RouteOptions = Object.assign({}, ...layers.map(withoutUndefined))
  const limits = resolveLimits(layers.map((layer) => layer.limits ?? {}))
  return Object.freeze({
    subprotocols: [],
    requireSubprotocol: false,
    onWrongType: 'close',
    onInvalidJson: 'close',
    onInvalidMessage: 'reply',
    codec: 'json',
    tags: [],
    hidden: false,
    summary: undefined,
    description: undefined,
    ...given,
    depends: Object.assign({}, ...layers.map((layer) => layer.depends)),
    limits,
    compression: resolveCompression(given.compression ?? false, limits),
    onBackpressure: layers.flatMap(({ onBackpressure }) => onBackpressure ?? []),
    onDrain: layers.flatMap(({ onDrain }) => onDrain ?? []),
  })
}

/** Resolves what only the plugin takes. @throws SluiceError as `resolveRouteOptions` does */
export function resolveServerOptions(options: SluiceOptions): ServerSettings {
  assertOptions(options, { ...ROUTE_CHECKS, ...SERVER_CHECKS }, '')
  const clock = options.clock ?? systemClock
  return Object.freeze({
    converters: resolveConverters(options.converters),
    engine: options.engine ?? 'frame',
    clock,
    onDenied: options.onDenied,
    maxBufferedBytes: options.maxBufferedBytes ?? 268_435_456,
    rateStore: options.rateStore ?? new MemoryRateStore(clock),
    drain: options.drain ?? {},
    silencedWarnings: new Set(options.silenceWarnings),
  })
}

/** The plugin's options that are for routes. */
export function routeOptionsOf(options: SluiceOptions): RouteOptions {
  return pick(options, ROUTE_CHECKS)
}

/** The options of a layer that the security pipeline is made of. */
export function securityOptionsOf(options: RouteOptions): SecurityOptions {
  return pick(options, SECURITY_CHECKS)
}

function pick(options: object, names: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name)))
}

function resolveCompression(
  given: false | Partial<CompressionSettings>,
  { maxMessageSize }: ConnectionLimits,
): CompressionSettings | null {
  if (given === false) return null
  return Object.freeze({
    threshold: 1_024,
    concurrency: 10,
    contextTakeover: false,
    serverMaxWindowBits: 12,
    clientMaxWindowBits: 12,
    level: 6,
    memLevel: 5,
    ...withoutUndefined(given),
    maxInflatedSize: Math.min(given.maxInflatedSize ?? maxMessageSize, maxMessageSize),
  })
}

/** `resolveSecurityOptions` checks their values. */
const SECURITY_CHECKS: Checks<SecurityOptions> = {
  auth: anything,
  guards: anything,
  allowedOrigins: anything,
  requireOrigin: anything,
  rateLimit: anything,
  authFailureLimit: anything,
  maxConnections: anything,
  maxConnectionsPerUser: anything,
  handshakeTimeout: anything,
  denial: anything,
}

const COMPRESSION_CHECKS: Checks<CompressionSettings> = {
  threshold: wholeNumber(0),
  maxInflatedSize: wholeNumber(1),
  concurrency: wholeNumber(1),
  contextTakeover: typeIs('boolean'),
  serverMaxWindowBits: wholeNumber(8, 15),
  clientMaxWindowBits: wholeNumber(8, 15),
  level: wholeNumber(1, 9),
  memLevel: wholeNumber(1, 9),
}

const ROUTE_CHECKS: Checks<RouteOptions> = {
  subprotocols: listOf('names of subprotocols', (name) => typeof name === 'string' && isToken(name)),
  requireSubprotocol: typeIs('boolean'),
  ...SECURITY_CHECKS,
  depends: recordOf('a function, or made by dependency()', isDependency),
  onWrongType: oneOf('close', 'throw', 'coerce'),
  onInvalidJson: oneOf('close', 'throw', 'reply'),
  onInvalidMessage: oneOf('reply', 'close', 'throw'),
  codec: checkCodecOption,
  onBackpressure: typeIs('function'),
  onDrain: typeIs('function'),
  limits: nested(LIMIT_CHECKS),
  compression: unlessFalse(nested(COMPRESSION_CHECKS)),
  summary: typeIs('string'),
  description: typeIs('string'),
  tags: listOf('strings', (tag) => typeof tag === 'string'),
  hidden: typeIs('boolean'),
}

const SERVER_CHECKS: Checks<Omit<SluiceOptions, keyof RouteOptions>> = {
  converters: (value) => (isPlain(value) ? undefined : 'an object'),
  engine: oneOf('frame', 'ws'),
  clock: withMethods<Clock>('now', 'wallTime', 'setTimeout'),
  onConnect: typeIs('function'),
  onDisconnect: typeIs('function'),
  onError: typeIs('function'),
  onDenied: typeIs('function'),
  maxBufferedBytes: wholeNumber(1),
  rateStore: withMethods<RateStore>('take', 'peek'),
  drain: nested(DRAIN_CHECKS),
  silenceWarnings: listOf(`warning codes (${Object.keys(WARNINGS).join(', ')})`, isWarningCode),
}

function isWarningCode(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(WARNINGS, code)
}
