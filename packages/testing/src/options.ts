import { isIP } from 'node:net'
import type { Clock } from '@sluice/core'
import type { DependencyOverrides } from '@sluice/core/internal'
import { isToken } from '@sluice/protocol'
import { TestClientError } from './errors.ts'
import { type FaultOptions, type FaultSettings, resolveFaults } from './fault-options.ts'
import { isOverrides, type Overrides, resolveOverrides } from './overrides.ts'

/** How the client reaches the app: within the process, or over a TCP port on 127.0.0.1. */
export type TransportName = 'memory' | 'socket'

export const DEFAULT_REMOTE_ADDRESS = '127.0.0.1'

type QueryValue = string | number | boolean

export interface TestClientOptions {
  /** Request headers. They win over those that the client sets by itself, `host` and `sec-websocket-version` included. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** Appended to the path: a query string, or names and values in their order. */
  readonly query?: string | URLSearchParams | Readonly<Record<string, QueryValue | readonly QueryValue[]>> | undefined
  /** Sent in one `Cookie` header. Values are percent-encoded. */
  readonly cookies?: Readonly<Record<string, string>> | undefined
  /** The `Origin` header, which only browsers send. @default none */
  readonly origin?: string | undefined
  /** Offered to the server, in order of preference. @default none */
  readonly subprotocols?: readonly string[] | undefined
  /** The IP address that the server sees. Over a socket it must be one of 127.0.0.0/8. @default '127.0.0.1' */
  readonly remoteAddress?: string | undefined
  /** @default 'memory' */
  readonly transport?: TransportName | undefined
  /** The clock of the app, such as a `virtualClock()`. An api from `createApi()` runs on it; an app must have been given the same. @default that of the app */
  readonly clock?: Clock | undefined
  /** What is wrong with the wire, with transport 'memory'. @default nothing */
  readonly faults?: FaultOptions | undefined
  /** Milliseconds of real time that connecting, receiving, a ping and closing may take, each. @default 5_000 */
  readonly timeout?: number | undefined
  /** Throws what the handler threw when the connection is disposed of. @default true */
  readonly raiseServerErrors?: boolean | undefined
  /** A file that each connection is recorded to when it ends, for `replay`; the last one stays. Secrets are redacted. @default none */
  readonly record?: string | undefined
  /** What stands in for dependencies, on connections of this client alone. @default none */
  readonly overrides?: Overrides | undefined
}

export interface TestClientSettings {
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly query: NonNullable<TestClientOptions['query']>
  readonly cookies: Readonly<Record<string, string>>
  readonly origin: string | undefined
  readonly subprotocols: readonly string[]
  readonly remoteAddress: string
  readonly transport: TransportName
  readonly clock: Clock | undefined
  readonly faults: FaultSettings
  readonly timeout: number
  readonly raiseServerErrors: boolean
  readonly record: string | undefined
  readonly overrides: DependencyOverrides | undefined
}

/** Options of one receive, ping or iteration. */
export interface WaitOptions {
  /** Milliseconds to wait. @default that of the client */
  readonly timeout?: number | undefined
}

export interface JsonOptions {
  /** Which kind of message holds the JSON. @default 'text' */
  readonly mode?: 'text' | 'binary' | undefined
}

/** @throws TestClientError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option */
export function resolveOptions(options: TestClientOptions): TestClientSettings {
  assertOptions(options, CLIENT_CHECKS)
  assertOptions(options.faults ?? {}, FAULT_CHECKS)
  const { remoteAddress = DEFAULT_REMOTE_ADDRESS, transport = 'memory' } = options
  if (transport === 'socket' && options.faults !== undefined) {
    throw invalidOption('faults', "left out with transport 'socket'", options.faults)
  }
  if (transport === 'socket' && !remoteAddress.startsWith('127.')) {
    throw invalidOption('remoteAddress', "in 127.0.0.0/8 with transport 'socket'", remoteAddress)
  }
  return Object.freeze({
    headers: options.headers ?? {},
    query: options.query ?? '',
    cookies: options.cookies ?? {},
    origin: options.origin,
    subprotocols: options.subprotocols ?? [],
    remoteAddress,
    transport,
    clock: options.clock,
    faults: resolveFaults(options.faults ?? {}),
    timeout: options.timeout ?? 5_000,
    raiseServerErrors: options.raiseServerErrors ?? true,
    record: options.record,
    overrides: resolveOverrides(options.overrides),
  })
}

/** @throws TestClientError as `resolveOptions` does */
export function assertWaitOptions(options: WaitOptions): void {
  assertOptions(options, WAIT_CHECKS)
}

/** @throws TestClientError as `resolveOptions` does */
export function assertJsonOptions(options: JsonOptions & WaitOptions): void {
  assertOptions(options, { ...WAIT_CHECKS, ...JSON_CHECKS })
}

/** What a value must be, and whether it is. */
type Check = readonly [expected: string, holds: (value: unknown) => boolean]
type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check }

const RECORD: Check = ['an object', (value) => typeof value === 'object' && value !== null]
const LONGEST_TIMEOUT = 2 ** 31 - 1

const WAIT_CHECKS: Checks<WaitOptions> = {
  timeout: [
    `milliseconds from 0 to ${LONGEST_TIMEOUT}`,
    (value) => typeof value === 'number' && value >= 0 && value <= LONGEST_TIMEOUT,
  ],
}

const JSON_CHECKS: Checks<JsonOptions> = {
  mode: ["'text' or 'binary'", (value) => value === 'text' || value === 'binary'],
}

const CLIENT_CHECKS: Checks<TestClientOptions> = {
  ...WAIT_CHECKS,
  headers: RECORD,
  query: ['a query string or an object', (value) => typeof value === 'string' || RECORD[1](value)],
  cookies: [
    'an object with names of cookies',
    (value) => RECORD[1](value) && Object.keys(value as object).every(isToken),
  ],
  origin: ['a string', (value) => typeof value === 'string'],
  subprotocols: [
    'a list of tokens',
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && isToken(name)),
  ],
  remoteAddress: ['an IP address', (value) => typeof value === 'string' && isIP(value) !== 0],
  transport: ["'memory' or 'socket'", (value) => value === 'memory' || value === 'socket'],
  faults: RECORD,
  clock: ['a clock, as virtualClock() makes one', isClock],
  raiseServerErrors: ['true or false', (value) => typeof value === 'boolean'],
  record: ['the path of a file', (value) => typeof value === 'string' && value !== ''],
  overrides: ['an object or pairs of dependencies', isOverrides],
}

const isNumber = (value: unknown, least: number, most = Infinity): value is number =>
  typeof value === 'number' && value >= least && value <= most

const rangeFrom = (least: number): Check => [
  `a number from ${least}, or two, the least and the most`,
  (value) => {
    const [low, high = low, ...rest] = [value].flat()
    return (
      isNumber(low, least, Number.MAX_SAFE_INTEGER) && isNumber(high, low, Number.MAX_SAFE_INTEGER) && rest.length === 0
    )
  },
]

const PROBABILITY: Check = ['a number from 0 to 1', (value) => isNumber(value, 0, 1)]

const FAULT_CHECKS: Checks<FaultOptions> = {
  seed: ['a whole number', Number.isSafeInteger],
  latency: rangeFrom(0),
  chunkSize: rangeFrom(1),
  readRate: ['bytes a second, above 0', (value) => isNumber(value, Number.MIN_VALUE)],
  duplicate: PROBABILITY,
  corrupt: PROBABILITY,
  resetAtUpgrade: ['true or false', (value) => typeof value === 'boolean'],
}

function isClock(value: unknown): boolean {
  if (!RECORD[1](value)) return false
  const { now, wallTime, setTimeout } = value as Partial<Record<keyof Clock, unknown>>
  return [now, wallTime, setTimeout].every((method) => typeof method === 'function')
}

function assertOptions(options: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) {
      const known = Object.keys(checks).join(', ')
      throw new TestClientError('ERR_UNKNOWN_OPTION', `unknown option '${name}'; there are ${known}`)
    }
    const [expected, holds] = check
    if (value !== undefined && !holds(value)) throw invalidOption(name, expected, value)
  }
}

function invalidOption(name: string, expected: string, value: unknown): TestClientError {
  const shown = typeof value === 'object' && value !== null ? 'an object' : String(value)
  return new TestClientError('ERR_INVALID_OPTION', `option '${name}' must be ${expected}, got ${shown}`)
}
