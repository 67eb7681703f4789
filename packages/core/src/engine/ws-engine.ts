import { type PerMessageDeflateOptions, type WebSocket, WebSocketServer } from 'ws'
import type { CompressionSettings, ConnectionLimits } from '../connection/limits.ts'
import type { AdmittedUpgrade, Engine } from './engine.ts'
import { WsTransport } from './ws-transport.ts'

/** The engine over the ws package: the fallback, and the oracle that the own engine is compared with. */
export function createWsEngine(): Engine {
  // ws takes its limits for each server, so there is one server for each set of limits.
  const servers = new WeakMap<ConnectionLimits, WebSocketServer>()
  return {
    name: 'ws',
    open(upgrade) {
      const server = servers.get(upgrade.limits) ?? createServer(upgrade)
      servers.set(upgrade.limits, server)
      return new WsTransport(upgradeWith(server, upgrade), upgrade)
    },
  }
}

function createServer({ limits, compression }: AdmittedUpgrade): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: compression === null ? false : deflateOptionsOf(compression),
    maxPayload: limits.maxMessageSize,
    maxFragments: limits.maxFragments,
  })
}

function deflateOptionsOf(compression: CompressionSettings): PerMessageDeflateOptions {
  const { threshold, contextTakeover, serverMaxWindowBits, clientMaxWindowBits, level, memLevel } = compression
  return {
    threshold,
    serverNoContextTakeover: !contextTakeover,
    clientNoContextTakeover: !contextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
    zlibDeflateOptions: { level, memLevel },
  }
}

function upgradeWith(
  server: WebSocketServer,
  { request, socket, head, subprotocol, headers }: AdmittedUpgrade,
): WebSocket {
  let opened: WebSocket | undefined
  const addHeaders = (lines: string[]) => {
    for (const [name, values] of Object.entries(headers)) {
      for (const value of [values].flat()) lines.push(`${name}: ${value}`)
    }
  }
  // ws wants this word alone, where RFC 6455 section 4.2.1 has a list that contains it.
  request.headers.upgrade = 'websocket'
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
