import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Extension, parseExtensions } from '@sluice/protocol'
import type { Transport } from '../../../src/connection/transport.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { LimitOptions, RouteOptions } from '../../../src/handler/route-options.ts'
import { resolveRouteOptions } from '../../../src/options.ts'
import { KEY } from '../../support/upgrade-request.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { RecordingListener } from './recording-listener.ts'
import type { StreamPair } from './streams.ts'
import { WirePeer } from './wire-peer.ts'

export interface WireOptions {
  readonly limits?: LimitOptions
  readonly compression?: NonNullable<RouteOptions['compression']>
  /** The header of the client's offer. @default 'permessage-deflate; client_max_window_bits' where the route compresses */
  readonly extensions?: string
  /** Bytes of the client that came with its request. */
  readonly head?: Uint8Array
  readonly clock?: VirtualClock
  /** The client reads from the beginning. @default true */
  readonly isRead?: boolean
}

/** One connection, seen from both sides, that has not been started yet. */
export interface Wire {
  readonly transport: Transport
  readonly listener: RecordingListener
  readonly peer: WirePeer
  readonly server: Duplex
  readonly clock: VirtualClock
}

/** Opens a transport of an engine on a stream whose handshake has been admitted. */
export function openWire(engine: Engine, { server, client }: StreamPair, options: WireOptions = {}): Wire {
  const {
    limits = {},
    compression = false,
    head = Buffer.alloc(0),
    clock = new VirtualClock(),
    isRead = true,
  } = options
  const peer = new WirePeer(client)
  if (isRead) peer.read()
  const offer = options.extensions ?? (compression === false ? '' : 'permessage-deflate; client_max_window_bits')
  const settings = resolveRouteOptions([{ limits, compression }])
  const transport = engine.open({
    request: requestOffering(offer),
    socket: server,
    head: Buffer.from(head),
    subprotocol: null,
    headers: {},
    extensions: offered(offer),
    compression: settings.compression,
    limits: settings.limits,
    clock,
  })
  return { transport, listener: new RecordingListener(), peer, server, clock }
}

function requestOffering(extensions: string): IncomingMessage {
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-key': KEY,
    'sec-websocket-version': '13',
    ...(extensions !== '' && { 'sec-websocket-extensions': extensions }),
  }
  return { method: 'GET', headers } as unknown as IncomingMessage
}

function offered(header: string): readonly Extension[] {
  const extensions = header === '' ? [] : parseExtensions(header)
  if (extensions === undefined) throw new Error(`malformed: ${header}`)
  return extensions
}
