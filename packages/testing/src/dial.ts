import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { connect, isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TestClientError } from './errors.ts'
import { createMemorySockets } from './memory-socket.ts'
import { Network } from './network.ts'
import { DEFAULT_REMOTE_ADDRESS, type TestClientSettings } from './options.ts'
import type { ReadyApp } from './test-app.ts'
import { watchMemoryWire, watchTcpWire } from './wire-activity.ts'

/** A stream to an app's HTTP server, before anything was said on it. */
export interface Dialled {
  readonly socket: Duplex
  /** What lies between, in memory. */
  readonly network: Network | null
  /** Whether a stream is the server's end of this one. */
  isOtherEnd(socket: Socket): boolean
  /** What was taken to reach the server is no longer needed. */
  release(): void
}

/** Connects to the app's HTTP server. */
export function dial(app: ReadyApp, { transport, remoteAddress, faults }: TestClientSettings): Promise<Dialled> {
  return transport === 'memory'
    ? dialMemory(app, remoteAddress, new Network(faults, app.clock))
    : dialPort(app, remoteAddress)
}

async function dialMemory({ instance }: ReadyApp, remoteAddress: string, network: Network): Promise<Dialled> {
  const { server } = instance
  const isSecure = speaksTls(server)
  const sockets = createMemorySockets(remoteAddress, network)
  const { client, server: otherEnd } = sockets
  // What node:http and Fastify read of a TLS socket; such a server has a connection once the TLS handshake is done.
  if (isSecure) Object.assign(otherEnd, { encrypted: true, authorized: false })
  watchMemoryWire(sockets)
  server.emit(isSecure ? 'secureConnection' : 'connection', otherEnd)
  return { socket: client, network, isOtherEnd: (socket) => (socket as Duplex) === otherEnd, release: () => {} }
}

async function dialPort(app: ReadyApp, remoteAddress: string): Promise<Dialled> {
  if (speaksTls(app.instance.server)) {
    throw new TestClientError('ERR_UNSUPPORTED_SERVER', "an app with TLS is tested with transport 'memory'")
  }
  const { host, port, release } = await app.listen()
  try {
    const socket = connect({ host, port, noDelay: true, ...localAddressFor(host, remoteAddress) })
    watchTcpWire(app.instance.server, socket)
    await once(socket, 'connect')
    const { localPort, localAddress = '' } = socket
    // A server that listens on :: sees 127.0.0.1 as ::ffff:127.0.0.1.
    const isOtherEnd = (other: Socket) =>
      other.remotePort === localPort && !!other.remoteAddress?.endsWith(localAddress)
    return { socket, network: null, isOtherEnd, release }
  } catch (error) {
    release()
    throw error
  }
}

function localAddressFor(host: string, remoteAddress: string): { localAddress?: string } {
  if (!isIPv6(host)) return { localAddress: remoteAddress }
  if (remoteAddress === DEFAULT_REMOTE_ADDRESS) return {}
  throw new TestClientError('ERR_INVALID_OPTION', `option 'remoteAddress' cannot be used: the app listens on ${host}`)
}

function speaksTls(server: unknown): boolean {
  if (server instanceof HttpsServer) return true
  if (server instanceof HttpServer) return false
  throw new TestClientError('ERR_UNSUPPORTED_SERVER', 'the app must have an HTTP/1.1 server')
}
