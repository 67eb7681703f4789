import { acceptDeflate } from '@sluice/protocol'
import { type PerMessageDeflateOptions, type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { ConnectionLimits } from '../connection/limits.ts'
import type { AdmittedUpgrade, Engine } from './engine.ts'
import { WsTransport } from './ws-transport.ts'

/** The engine over the ws package: the fallback, and the oracle that the own engine is compared with. */
export function createWsEngine(): Engine {
  // ws takes limits and compression for each server, so there is one server for each set of them.
  const servers = new WeakMap<ConnectionLimits, Map<string, WebSocketServer>>()
  return {
    name: 'ws',
    open(upgrade) {
      const known = servers.get(upgrade.limits) ?? new Map<string, WebSocketServer>()
      servers.set(upgrade.limits, known)
      const deflate = deflateOptionsOf(upgrade)
      const key = JSON.stringify(deflate)
      const server = known.get(key) ?? createServer(upgrade.limits, deflate)
      known.set(key, server)
      return new WsTransport(upgradeWith(server, upgrade), upgrade)
    },
  }
}

function createServer(limits: ConnectionLimits, perMessageDeflate: PerMessageDeflateOptions | false): WebSocketServer {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate,
    maxPayload: limits.maxMessageSize,
    maxFragments: limits.maxFragments,
    // For a peer that begins the close: of that, ws tells nobody until the stream is gone.
    closeTimeout: limits.closeTimeout,
  }
  return new WebSocketServer(options)
}

/** ws refuses the whole handshake where the options do not fit the offer: they are made to fit. */
function deflateOptionsOf({ extensions, compression }: AdmittedUpgrade): PerMessageDeflateOptions | false {
  if (compression === null) return false
  const { threshold, contextTakeover, serverMaxWindowBits, clientMaxWindowBits, level, memLevel, concurrency } =
    compression
  const policy = {
    serverContextTakeover: contextTakeover,
    clientContextTakeover: contextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  }
  const agreement = acceptDeflate(extensions, policy)?.agreement
  if (agreement === undefined) return false
  return {
    threshold,
    // ws has one limiter, of the concurrency that it was given first.
    concurrencyLimit: concurrency,
    zlibDeflateOptions: { level, memLevel },
    serverMaxWindowBits: agreement.serverMaxWindowBits,
    ...(agreement.clientMaxWindowBits < LARGEST_WINDOW && { clientMaxWindowBits: agreement.clientMaxWindowBits }),
    ...(!agreement.serverContextTakeover && { serverNoContextTakeover: true }),
    ...(!agreement.clientContextTakeover && { clientNoContextTakeover: true }),
  }
}

/** What a client has that names no window. */
const LARGEST_WINDOW = 15

function upgradeWith(
  server: WebSocketServer,
  { request, socket, head, subprotocol, headers, limits, compression }: AdmittedUpgrade,
): WebSocket {
  let opened: WebSocket | undefined
  const addHeaders = (lines: string[]) => {
    server.options.maxPayload = limits.maxMessageSize
    for (const [name, values] of Object.entries(headers)) {
      for (const value of [values].flat()) lines.push(`${name}: ${value}`)
    }
  }
  // ws wants this word alone, where RFC 6455 section 4.2.1 has a list that contains it.
  request.headers.upgrade = 'websocket'
  // ws takes this limit twice: for what it inflates when it reads the offer, for the message after it made the headers.
  server.options.maxPayload = compression?.maxInflatedSize ?? limits.maxMessageSize
  server.options.handleProtocols = () => subprotocol ?? false
  server.on('headers', addHeaders)
  // Without verifyClient, ws calls back before it returns.
  server.handleUpgrade(request, socket, head, (websocket) => {
    opened = websocket
  })
  // Had ws refused, they would go out to the next client.
  server.removeListener('headers', addHeaders)
  if (opened === undefined) throw new Error('ws refused a handshake that had been admitted')
  return opened
}
