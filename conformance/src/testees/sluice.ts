import type { AddressInfo } from 'node:net'
import { createApi, sluice } from '@sluice/core'
import Fastify from 'fastify'
import { MAX_FRAGMENTS, MAX_MESSAGE_SIZE, type Testee } from './testee.ts'

/** A Sluice server over one of its engines. */
export function createSluiceTestee(engine: 'frame' | 'ws'): Testee {
  return {
    name: `sluice-${engine}`,

    async serve() {
      const app = Fastify()
      await app.register(sluice, { engine })
      await app.register(echoApi())
      await app.listen({ host: '127.0.0.1', port: 0 })
      return {
        port: (app.server.address() as AddressInfo).port,
        stop: () => app.close(),
      }
    },
  }
}

/** One route that echoes what comes, as it comes, with limits wide enough for group 9. */
function echoApi() {
  const limits = {
    maxMessageSize: MAX_MESSAGE_SIZE,
    maxFragments: MAX_FRAGMENTS,
    inbox: { messages: 1_000, bytes: MAX_MESSAGE_SIZE },
    backpressure: { highWaterMark: MAX_MESSAGE_SIZE },
  }
  const compression = { threshold: 0, contextTakeover: true, serverMaxWindowBits: 15, clientMaxWindowBits: 15 }
  return createApi().websocket('/', { limits, compression, onMessage: (ws, { data }) => ws.send(data) })
}
