import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Sends every text back. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  app.api.websocket('/ws/echo', async (ws) => {
    await ws.accept()
    for await (const text of ws.iterText()) await ws.sendText(text)
  })

  return app
}
