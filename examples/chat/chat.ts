import sluice, { broadcast, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Chat rooms: what one member says, the others of the room hear. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const rooms = new Map<string, Set<WebSocketConnection>>()

  app.api.websocket('/ws/chat/{room}', async (ws, { room }) => {
    await ws.accept()
    const members = rooms.get(room) ?? new Set()
    rooms.set(room, members.add(ws))
    try {
      for await (const text of ws.iterText()) broadcast(members, text, { except: ws })
    } finally {
      members.delete(ws)
      if (members.size === 0) rooms.delete(room)
    }
  })

  return app
}
