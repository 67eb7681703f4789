import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { serve } from './control.ts'

const app = Fastify()
await app.register(websocket)

app.get('/echo', { websocket: true }, (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
app.get('/fan-out', { websocket: true }, (socket) => {
  socket.on('message', (data, isBinary) => {
    for (const client of app.websocketServer.clients) client.send(data, { binary: isBinary })
  })
})

const address = await app.listen({ host: '127.0.0.1', port: 0 })
serve(Number(new URL(address).port))
