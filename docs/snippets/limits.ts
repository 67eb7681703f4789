import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

export async function rates(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region rate
  app.api.websocket('/ws/chat', {
    limits: { messageRate: { rate: 5, burst: 20, action: 'reply' } },
    onMessage: (ws, message) => ws.send(message.data),
  })

  app.api.websocket('/ws/upload', {
    limits: { messageRate: { rate: 262_144, per: 'byte', action: 'throttle' } },
    onMessage: (ws, { data }) => ws.sendJson({ received: data.length }),
  })
  // #endregion rate

  return app
}

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

export async function idling(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region idle
  app.api.websocket('/ws/support', {
    limits: { idleTimeout: 900_000 },
    onMessage: (ws, message) => ws.send(message.data),
  })
  // #endregion idle

  return app
}
