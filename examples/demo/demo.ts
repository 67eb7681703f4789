import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { chat } from './chat.ts'
import { gates } from './gates.ts'
import { handshake } from './handshake.ts'
import { login } from './login.ts'
import { page } from './page.ts'
import { RecentDenials } from './recent-denials.ts'
import { createTokens } from './tokens.ts'

/** The demo: one app with a page, a chat, an echo, a typed route, and gates with a login. */
export async function build(): Promise<FastifyInstance> {
  const tokens = createTokens()
  const denials = new RecentDenials()
  // A browser keeps connections open that it has not used, and would hold up the end of the app.
  const app = Fastify({ forceCloseConnections: true })
  await app.register(sluice, { limits: { maxMessageSize: 16_384 }, onDenied: (denied) => denials.add(denied) })
  await app.register(page)
  await app.register(chat)
  await app.register(login, { tokens })
  await app.register(gates, { tokens, denials })
  await app.register(handshake)

  app.get('/stats', () => app.api.stats())

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
