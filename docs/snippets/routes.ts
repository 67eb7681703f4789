import sluice, { createApi } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

// #region converter
declare module '@sluice/core' {
  interface CustomConverters {
    base36: number
  }
}

export async function ownConverter(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, {
    converters: {
      base36: { parse: (text) => (/^[0-9a-z]{1,8}$/.test(text) ? Number.parseInt(text, 36) : undefined) },
    },
  })

  app.api.websocket('/ws/short/{id:base36}', async (ws, { id }) => {
    await ws.accept()
    await ws.sendText(`number ${id.toFixed()}`)
  })

  return app
}
// #endregion converter

export async function declaring(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region declaring
  app.api.websocket('/ws/time', async (ws) => {
    await ws.accept()
    await ws.sendText(new Date().toISOString())
  })

  app.api.websocket('/ws/rooms/{room}', { maxConnections: 500 }, async (ws, { room }) => {
    await ws.accept()
    for await (const text of ws.iterText()) await ws.sendText(`${room}: ${text}`)
  })

  app.api.websocket('/ws/shout', {
    onMessage: async (ws, message) => {
      if (message.type === 'text') await ws.sendText(message.data.toUpperCase())
    },
  })
  // #endregion declaring

  return app
}

export async function samePath(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region same-path
  app.get('/prices', () => ({ EUR: 1.08 }))

  app.api.websocket('/prices', async (ws) => {
    await ws.accept()
    await ws.sendJson({ EUR: 1.08 })
  })
  // #endregion same-path

  return app
}

export async function prefix(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region prefix
  await app.register(
    async (v1) => {
      v1.addHook('onRequest', async (request) => {
        request.log.info('a request for v1')
      })

      v1.api.websocket('/rooms/{room}', async (ws) => {
        await ws.accept()
        await ws.sendText(ws.route) // /v1/rooms/{room}
      })
    },
    { prefix: '/v1' },
  )
  // #endregion prefix

  return app
}

// #region module
const chat = createApi({ maxConnections: 1_000 })

chat.websocket('/rooms/{room}', async (ws, { room }) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(`${room}: ${text}`)
})

export async function mount(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, { allowedOrigins: ['https://app.example.com'] })
  await app.register(chat, { prefix: '/chat' })
  return app
}
// #endregion module

export async function longParams(): Promise<FastifyInstance> {
  // #region long-params
  const app = Fastify({ routerOptions: { maxParamLength: 8192 } })
  // #endregion long-params
  await app.register(sluice)
  return app
}

export async function counting(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region counting
  app.get('/status', () => ({
    ...app.api.stats(), // open, accepted, denied, sent, dropped and more
    byRoute: Object.fromEntries(app.api.connections.byRoute()),
  }))

  app.post<{ Params: { id: string } }>('/users/:id/logout', ({ params }) => ({
    closed: app.api.disconnectUser(params.id, { reason: 'Logged out' }),
  }))
  // #endregion counting

  return app
}
