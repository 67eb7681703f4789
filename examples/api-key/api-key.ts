import { type ApiKey, apiKeyAuthentication, hasPermission, isAuthenticated } from '@sluice/auth'
import sluice, { broadcast } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Machines report temperatures with one key, and watch them with another. `ws.auth.userId` is the name of the key. */
export async function build(keys: Readonly<Record<string, ApiKey>>): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, { auth: [apiKeyAuthentication({ keys })], guards: [isAuthenticated()] })

  const watchers = () => [...app.api.connections].filter(({ route }) => route === '/ws/watch')

  app.api.websocket('/ws/report', { guards: [hasPermission('temperatures.write')] }, async (ws) => {
    await ws.accept()
    for await (const celsius of ws.iterJson()) {
      broadcast(watchers(), JSON.stringify({ from: ws.auth?.userId, celsius }))
    }
  })

  app.api.websocket('/ws/watch', { guards: [hasPermission('temperatures.read')] }, async (ws) => {
    await ws.accept()
    for await (const _ of ws);
  })

  return app
}
