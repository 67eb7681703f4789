import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

export async function hooks(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region hooks
  await app.register(sluice, {
    onConnect: (ws) => ws.log.info({ route: ws.route, user: ws.auth?.userId }, 'connected'),
    onDisconnect: (ws, { code, initiator }) => ws.log.info({ code, initiator }, 'disconnected'),
    onError: (ws, error) => reportToTracker(error, { connection: ws.id, route: ws.route }),
  })
  // #endregion hooks

  return app
}

export async function stats(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region stats
  app.get('/metrics', () => {
    const { open, sent, dropped, slowConsumers, routes } = app.api.stats()
    const busiest = Object.entries(routes).sort(([, a], [, b]) => b.received.text.messages - a.received.text.messages)
    return { open, sent, dropped, slowConsumers, busiest: busiest.slice(0, 10) }
  })
  // #endregion stats

  return app
}

async function reportToTracker(error: unknown, labels: object): Promise<void> {
  console.error(error, labels)
}
