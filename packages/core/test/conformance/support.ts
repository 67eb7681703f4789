import { connect as connectTo } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import sluice, { type SluiceOptions, type WebSocketConnection } from '@sluice/core'
import {
  type TestClientOptions,
  type TransportName,
  WebSocketTestClient,
  type WebSocketTestConnection,
} from '@sluice/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, onTestFinished } from 'vitest'

export type TestHandler = (ws: WebSocketConnection) => Promise<void>

/** How the tests of one transport reach an app. */
export interface Reach {
  readonly transport: TransportName
  connect(app: FastifyInstance, path: string, options?: TestClientOptions): Promise<WebSocketTestConnection>
  /** Serves a handler on `/ws` of an app of its own and connects to it. */
  serve(handler: TestHandler, options?: TestClientOptions): Promise<WebSocketTestConnection>
}

/** Declares the tests twice: in memory and over a real socket. No test may leave a connection behind. */
export function inBothTransports(tests: (reach: Reach) => void): void {
  describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
    afterEach(() => WebSocketTestClient.assertNoLeaks())

    const connect: Reach['connect'] = (app, path, options) =>
      WebSocketTestClient.connect(app, path, { transport, ...options })

    tests({
      transport,
      connect,
      async serve(handler, options) {
        const app = await createApp()
        app.api.websocket('/ws', handler)
        return connect(app, '/ws', options)
      },
    })
  })
}

/** An app with Sluice, closed when the test has finished. */
export async function createApp(options: SluiceOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(sluice, options)
  return app
}

/** A stream to the app on which nothing has been said. */
export async function openStream(app: FastifyInstance, transport: TransportName): Promise<Duplex> {
  if (transport === 'socket') {
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    return connectTo(Number(port), '127.0.0.1')
  }
  await app.ready()
  const [client, server] = duplexPair()
  app.server.emit('connection', Object.assign(server, { remoteAddress: '127.0.0.1' }))
  return client
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not reject')
}
