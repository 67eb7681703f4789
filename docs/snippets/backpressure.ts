import sluice, { broadcast, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region conflate
  const watching = new Set<WebSocketConnection>()

  app.api.websocket(
    '/ws/quotes',
    { limits: { backpressure: { highWaterMark: 65_536, policy: 'conflate' } } },
    async (ws) => {
      await ws.accept()
      watching.add(ws)
      await ws.closed
      watching.delete(ws)
    },
  )

  // A slow peer gets fewer quotes of each symbol, but the latest of every one.
  const onQuote = (symbol: string, price: number) =>
    broadcast(watching, JSON.stringify({ symbol, price }), { key: symbol })
  // #endregion conflate
  onQuote('EUR', 1.08)

  // #region drain
  app.api.websocket(
    '/ws/positions',
    {
      limits: { backpressure: { policy: 'dropOldest' } },
      // What it has missed, a client can ask for again.
      onDrain: (ws, { dropped }) => ws.sendJson({ type: 'gap', dropped }),
    },
    async (ws) => {
      await ws.accept()
      const timer = setInterval(() => ws.trySend(JSON.stringify({ type: 'position', at: Date.now() })), 100)
      await ws.closed
      clearInterval(timer)
    },
  )
  // #endregion drain

  return app
}
