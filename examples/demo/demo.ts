import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { chat } from './chat.ts'
import { handshake } from './handshake.ts'
import { page } from './page.ts'

/** The demo: one app with a page, a chat, an echo and a typed route. */
export async function build(): Promise<FastifyInstance> {
  // A browser keeps connections open that it has not used, and would hold up the end of the app.
  const app = Fastify({ forceCloseConnections: true })
  await app.register(sluice, { limits: { maxMessageSize: 16_384 } })
  await app.register(page)
  await app.register(chat)
  await app.register(handshake)

  app.api.websocket('/ws/echo', async (ws) => {
    await ws.accept()
    for await (const { data } of ws) await ws.send(data)
  })

  app.api.websocket('/ws/user/{user_id:int}', async (ws, { user_id }) => {
    await ws.accept()
    await ws.sendJson({ user_id, type: typeof user_id })
  })

  return app
}
