import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { type SluiceOptions, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'

const secret = 'a secret of at least thirty-two bytes'

export const token = createJwt({ sub: 'ada' }, { secret })

/** The app that the ten tests are about, three times. */
export async function createApp(options: SluiceOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(sluice, { allowedOrigins: ['https://app.example.com'], ...options })
  const members = new Set<WebSocketConnection>()
  app.api
    .websocket('/echo', { onMessage: (ws, { data }) => ws.send(data) })
    .websocket('/bye', async (ws) => {
      await ws.accept()
      await ws.close(4000, 'bye')
    })
    .websocket('/me', { auth: [jwtAuthentication({ secret })], guards: [isAuthenticated()] }, async (ws) => {
      await ws.accept()
      await ws.sendText(ws.auth.userId ?? 'nobody')
    })
    .websocket('/chat', {
      subprotocols: ['chat.v2', 'chat.v1'],
      onConnect: (ws) => void members.add(ws as never),
      onMessage: (ws, { data }) => {
        for (const member of members) if (member !== (ws as never)) member.trySend(data)
      },
      onDisconnect: (ws) => void members.delete(ws as never),
    })
    .websocket('/broken', {
      onMessage: () => {
        throw new TypeError('out of paper')
      },
    })
  return app
}
