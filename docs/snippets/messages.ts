import sluice, { broadcast, type Codec, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'

export async function schemas(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region schemas
  const Incoming = z.discriminatedUnion('type', [
    z.object({ type: z.literal('chat.say'), text: z.string().min(1).max(500) }),
    z.object({ type: z.literal('chat.rename'), name: z.string().min(1).max(24) }),
  ])
  const Outgoing = z.object({ type: z.literal('chat.said'), name: z.string(), text: z.string() })

  app.api.websocket('/ws/chat', { messages: { receive: Incoming, send: Outgoing } }, async (ws) => {
    await ws.accept()
    let name = 'Guest'
    for await (const message of ws.iterJson()) {
      switch (message.type) {
        case 'chat.say':
          await ws.sendJson({ type: 'chat.said', name, text: message.text })
          break
        case 'chat.rename':
          name = message.name
      }
    }
  })
  // #endregion schemas

  return app
}

export async function dispatch(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const members = new Set<WebSocketConnection>()

  const Incoming = z.discriminatedUnion('type', [
    z.object({ type: z.literal('chat.say'), text: z.string() }),
    z.object({ type: z.literal('chat.leave') }),
  ])

  // #region on
  app.api.websocket('/ws/chat', {
    messages: {
      receive: Incoming,
      on: {
        'chat.say'(ws, { text }) {
          broadcast(members, JSON.stringify({ type: 'chat.said', text }), { except: ws })
        },
        'chat.leave': (ws) => ws.close(1000, 'Goodbye'),
      },
    },
    onConnect: (ws) => void members.add(ws),
    onDisconnect: (ws) => void members.delete(ws),
  })
  // #endregion on

  return app
}

export async function codecs(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region codecs
  app.api.websocket(
    '/ws/chat',
    {
      subprotocols: ['chat.v1.msgpack', 'chat.v1.json'],
      codec: { 'chat.v1.msgpack': 'msgpack', 'chat.v1.json': 'json' },
    },
    async (ws) => {
      await ws.accept()
      for await (const message of ws.iterJson()) await ws.sendJson(message)
    },
  )
  // #endregion codecs

  // #region own-codec
  const lines: Codec = {
    name: 'lines',
    type: 'text',
    encode: (value) => (value as string[]).join('\n'),
    decode: (text) => text.split('\n'),
  }

  app.api.websocket('/ws/lines', { codec: lines, messages: { receive: z.array(z.string()).max(50) } }, async (ws) => {
    await ws.accept()
    for await (const received of ws.iterJson()) await ws.sendJson(received.toSorted())
  })
  // #endregion own-codec

  return app
}
