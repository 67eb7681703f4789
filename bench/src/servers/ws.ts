import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serve } from './control.ts'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })

server.on('connection', (socket, request) => {
  if (request.url === '/fan-out') {
    socket.on('message', (data, isBinary) => {
      for (const client of server.clients) client.send(data, { binary: isBinary })
    })
  } else {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  }
})
server.on('listening', () => serve((server.address() as AddressInfo).port))
