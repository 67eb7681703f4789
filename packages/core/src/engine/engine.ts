import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Extension, ExtraHeaders } from '@sluice/protocol'
import type { Clock } from '../clock.ts'
import type { CompressionSettings, ConnectionLimits } from '../connection/limits.ts'
import type { Transport } from '../connection/transport.ts'

/** An upgrade request that has been admitted: all an engine needs to answer it. */
export interface AdmittedUpgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Bytes that came with the request or since: the first of the WebSocket stream. */
  readonly head: Buffer
  readonly subprotocol: string | null
  /** Further headers of the 101. */
  readonly headers: ExtraHeaders
  /** What the client offered. */
  readonly extensions: readonly Extension[]
  readonly compression: CompressionSettings | null
  readonly limits: ConnectionLimits
  readonly clock: Clock
}

/** Makes transports: `'frame'` is our own, `'ws'` stands on the ws package. */
export interface Engine {
  readonly name: 'frame' | 'ws'
  /** Writes the 101 (RFC 6455 section 4.2.2) and takes over the stream. */
  open(upgrade: AdmittedUpgrade): Transport
}
