import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

export async function heartbeats(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region heartbeat
  await app.register(sluice, { limits: { heartbeat: { interval: 25_000, timeout: 10_000 } } })

  app.api.websocket('/ws/game', {
    limits: { heartbeat: { interval: 5_000, timeout: 3_000 } },
    onMessage: (ws, message) => ws.send(message.data),
  })
  // #endregion heartbeat

  return app
}
