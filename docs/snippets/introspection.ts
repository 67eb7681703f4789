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

async function reportToTracker(error: unknown, labels: object): Promise<void> {
  console.error(error, labels)
}
