import sluice, { broadcast, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'

const Point = Type.Object({ x: Type.Number({ minimum: 0, maximum: 1 }), y: Type.Number({ minimum: 0, maximum: 1 }) })

/** What a client may send. */
const Incoming = Type.Union([
  Type.Object({ type: Type.Literal('draw'), points: Type.Array(Point, { maxItems: 500 }) }),
  Type.Object({ type: Type.Literal('clear') }),
])

/** What it is sent. */
const Outgoing = Type.Object({ type: Type.Literal('drawing'), lines: Type.Array(Type.Array(Point)) })

/** A whiteboard that everybody draws on. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const viewers = new Set<WebSocketConnection>()
  const lines: Type.Static<typeof Point>[][] = []

  app.api.websocket('/ws/board', { messages: { receive: Incoming, send: Outgoing } }, async (ws) => {
    await ws.accept()
    await ws.sendJson({ type: 'drawing', lines })
    viewers.add(ws)
    try {
      for await (const message of ws.iterJson()) {
        switch (message.type) {
          case 'draw':
            if (lines.push(message.points) > 1_000) lines.shift()
            break
          case 'clear':
            lines.length = 0
        }
        broadcast(viewers, JSON.stringify(message), { except: ws })
      }
    } finally {
      viewers.delete(ws)
    }
  })

  return app
}
