import fastifyWebsocket from '@fastify/websocket'
import sluice, { broadcast, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

export async function before(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region before
  await app.register(fastifyWebsocket)

  app.get<{ Params: { room: string } }>('/rooms/:room', { websocket: true }, (socket, request) => {
    socket.on('message', (data, isBinary) => {
      for (const client of app.websocketServer.clients) {
        if (client !== socket && client.readyState === client.OPEN) client.send(data, { binary: isBinary })
      }
    })
    socket.on('close', (code) => request.log.info({ code, room: request.params.room }, 'left'))
  })
  // #endregion before

  return app
}

export async function callbacks(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region callbacks
  await app.register(sluice)

  app.api.websocket('/rooms/{room}', {
    onMessage(ws, { data }) {
      broadcast(app.api.connections, data, { except: ws })
    },
    onDisconnect(ws, { code }) {
      ws.log.info({ code, room: ws.params.room }, 'left')
    },
  })
  // #endregion callbacks

  return app
}

export async function handler(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region handler
  const rooms = new Map<string, Set<WebSocketConnection>>()

  app.api.websocket('/rooms/{room}', async (ws, { room }) => {
    await ws.accept()
    const members = rooms.get(room) ?? new Set()
    rooms.set(room, members.add(ws))
    try {
      for await (const { data } of ws) broadcast(members, data, { except: ws })
    } finally {
      members.delete(ws)
      if (members.size === 0) rooms.delete(room)
    }
  })
  // #endregion handler

  return app
}

export async function both(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region both
  await app.register(fastifyWebsocket, { options: { maxPayload: 65_536 } })
  await app.register(sluice)

  app.get('/old', { websocket: true }, (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })

  app.api.websocket('/new', async (ws) => {
    await ws.accept()
    for await (const { data } of ws) await ws.send(data)
  })
  // #endregion both

  return app
}
