import sluice from '@sluice/core'
import Fastify from 'fastify'

const app = Fastify()
await app.register(sluice)

app.api.websocket('/ws/rooms/{room_id:int}', async (ws, { room_id }) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(`room ${room_id}: ${text}`)
})

await app.listen({ port: 3000 })
