import { assertOptions, type Checks, oneOf, typeIs } from '../option-checks.ts'

/** Sends every message back to where it came from. */
export interface TurboEchoOptions {
  mode: 'echo'
  /** Stands before each text that is sent. @default '' */
  responsePrefix?: string
}

/** Sends every message to all connections in the same room. */
export interface TurboBroadcastOptions {
  mode: 'broadcast'
  /** Stands before each text that is sent. @default '' */
  responsePrefix?: string
  /** Whether the one who sent a message gets it too. @default true */
  includeSender?: boolean
  /** The name of the room, with path parameters in braces: `room:{room_id}`. @default the path of the route with its parameters */
  room?: string
}

export type TurboOptions = TurboEchoOptions | TurboBroadcastOptions

/** Turbo options, resolved. */
export interface TurboSettings {
  readonly mode: 'echo' | 'broadcast'
  readonly prefix: Buffer
  readonly includeSender: boolean
  /** Undefined for the path of the route. */
  readonly room: string | undefined
}

/** @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option */
export function resolveTurboOptions(given: Readonly<Record<string, unknown>>): TurboSettings {
  const { mode, responsePrefix = '', includeSender = true, room } = given as Partial<TurboBroadcastOptions>
  assertOptions({ ...given, mode: mode ?? null }, mode === 'broadcast' ? BROADCAST_CHECKS : ECHO_CHECKS, '')
  return Object.freeze({ mode: mode ?? 'echo', prefix: Buffer.from(responsePrefix), includeSender, room })
}

const ECHO_CHECKS: Checks<TurboEchoOptions> = {
  mode: oneOf('echo', 'broadcast'),
  responsePrefix: typeIs('string'),
}

const BROADCAST_CHECKS: Checks<TurboBroadcastOptions> = {
  ...ECHO_CHECKS,
  includeSender: typeIs('boolean'),
  room: (value) => (typeof value === 'string' && value !== '' ? undefined : 'a name that is not empty'),
}
