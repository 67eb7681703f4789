import sluice, { broadcast, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** A lobby that says who comes, speaks and leaves, in callback style: the connection is accepted by itself. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const lobby = new Set<WebSocketConnection>()

  app.api.websocket('/ws/lobby/{name}', {
    onConnect(ws, { name }) {
      lobby.add(ws)
      broadcast(lobby, `${name} came`)
    },
    onMessage(ws, message) {
      if (message.type === 'text') broadcast(lobby, `${ws.params.name}: ${message.data}`)
    },
    onDisconnect(ws, { code }) {
      lobby.delete(ws)
      broadcast(lobby, `${ws.params.name} left with ${code}`)
    },
  })

  return app
}
