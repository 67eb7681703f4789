import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { serve } from './control.ts'

const http = createServer()
const server = new Server(http, { transports: ['websocket'], serveClient: false })

server.on('connection', (socket) => {
  socket.on('echo', (payload) => socket.emit('echo', payload))
  socket.on('fan-out', (payload) => server.emit('fan-out', payload))
})
http.listen(0, '127.0.0.1', () => serve((http.address() as AddressInfo).port))
