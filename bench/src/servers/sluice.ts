import sluice from '@sluice/core'
import Fastify from 'fastify'
import { serve } from './control.ts'

/** How the routes are written, `callback` or `iterator`, and on which engine they run. */
const [style = 'callback', engine = 'frame'] = process.argv.slice(2)

const app = Fastify()
await app.register(sluice, { engine: engine === 'ws' ? 'ws' : 'frame' })

if (style === 'iterator') {
  app.api.websocket('/echo', async (ws) => {
    await ws.accept()
    for await (const message of ws) await ws.send(message.data)
  })
} else {
  app.api.websocket('/echo', { onMessage: (ws, message) => ws.send(message.data) })
  app.api.websocket('/fan-out', {
    onMessage: (_ws, message) => {
      for (const connection of app.api.connections) connection.trySend(message.data)
    },
  })
}

const address = await app.listen({ host: '127.0.0.1', port: 0 })
serve(Number(new URL(address).port))
