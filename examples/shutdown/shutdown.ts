import { setTimeout as delay } from 'node:timers/promises'
import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** A server that ends gracefully: what is being handled is finished, and clients are told to come back elsewhere. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, { drain: { timeout: 10_000, code: 1012 } })

  app.get('/ready', (_request, reply) => {
    reply.code(app.api.isReady ? 200 : 503)
    return { ready: app.api.isReady }
  })

  app.api.websocket('/ws/orders', {
    async onMessage(ws, { data }) {
      await delay(50)
      await ws.sendText(`done: ${data}`)
    },
  })

  app.api.websocket('/ws/ticks', async (ws) => {
    await ws.accept()
    while (!ws.signal.aborted) {
      await ws.sendText(new Date().toISOString())
      await delay(1_000, undefined, { signal: ws.signal })
    }
  })

  return app
}
