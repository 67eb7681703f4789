import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TestClientError } from './errors.ts'
import { createMemorySockets } from './memory-socket.ts'
import type { TransportName } from './options.ts'
import type { ReadyApp } from './test-app.ts'

/** A stream to an app's HTTP server, before anything was said on it. */
export interface Dialled {
  readonly socket: Duplex
  /** Whether a stream is the server's end of this one. */
  isOtherEnd(socket: Socket): boolean
  /** What was taken to reach the server is no longer needed. */
  release(): void
}

/** Connects to the app's HTTP server. @param remoteAddress where the server sees the client */
export function dial(app: ReadyApp, transport: TransportName, remoteAddress: string): Promise<Dialled> {
  return transport === 'memory' ? dialMemory(app, remoteAddress) : dialPort(app, remoteAddress)
}

async function dialMemory({ instance }: ReadyApp, remoteAddress: string): Promise<Dialled> {
  const { server } = instance
  const { client, server: otherEnd } = createMemorySockets(remoteAddress)
  // A server with TLS has a connection once the TLS handshake is done.
  server.emit(speaksTls(server) ? 'secureConnection' : 'connection', Object.assign(otherEnd, tlsFactsOf(server)))
  return { socket: client, isOtherEnd: (socket) => (socket as Duplex) === otherEnd, release: () => {} }
}

async function dialPort(app: ReadyApp, localAddress: string): Promise<Dialled> {
  if (speaksTls(app.instance.server)) {
    throw new TestClientError('ERR_UNSUPPORTED_SERVER', "an app with TLS is tested with transport 'memory'")
  }
  const { host, port, release } = await app.listen()
  const socket = connect({ host, port, localAddress, noDelay: true })
  try {
    await once(socket, 'connect')
  } catch (error) {
    release()
    throw error
  }
  const { localPort } = socket
  return { socket, isOtherEnd: ({ remotePort }) => remotePort === localPort, release }
}

function speaksTls(server: unknown): boolean {
  if (server instanceof HttpsServer) return true
  if (server instanceof HttpServer) return false
  throw new TestClientError('ERR_UNSUPPORTED_SERVER', 'the app must have an HTTP/1.1 server')
}

/** What node:http and Fastify read of a TLS socket. */
function tlsFactsOf(server: unknown): object {
  return speaksTls(server) ? { encrypted: true, authorized: false } : {}
}
