import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createApi } from '../src/index.ts'
import { ENGINES, serve, serveApp } from './support/site.ts'
import { upgradeRequest } from './support/upgrade-request.ts'

describe.each(ENGINES)('createApi with the %s engine', (engine) => {
  const sayRoute = () =>
    createApi()
      .websocket('/say/{word}', async (ws, { word }) => {
        await ws.accept()
        await ws.sendText(`${ws.route} ${word}`)
        await ws.receive()
      })
      .websocket('/say', async (ws) => ws.accept())

  it('is mounted twice with prefixes, and counts both', async () => {
    const api = sayRoute()
    const site = await serve({ engine }, async (app) => {
      await app.register(api, { prefix: '/v1' })
      await app.register(api, { prefix: '/v2' })
      app.api.websocket('/other', { onMessage() {} })
    })
    const clients = [await site.open('/v1/say/a'), await site.open('/v2/say/b'), await site.open('/v2/say/c')]
    expect(await Promise.all(clients.map((client) => client.nextText()))).toEqual([
      '/v1/say/{word} a',
      '/v2/say/{word} b',
      '/v2/say/{word} c',
    ])
    await site.open('/other')
    expect(api.connections.size).toBe(3)
    expect(api.connections.byRoute()).toEqual(
      new Map([
        ['/v1/say/{word}', 1],
        ['/v2/say/{word}', 2],
      ]),
    )
    expect(site.app.api.connections.size).toBe(4)
    expect(Array.from(api.connections, ({ params }) => (params as { word: string }).word)).toEqual(['a', 'b', 'c'])
    expect(api.stats().open).toBe(4)
  })

  it('registers Sluice by itself where the app has not', async () => {
    const api = sayRoute()
    const site = await serveApp((app) => app.register(api, { prefix: '/v1' }))
    const ws = await site.open('/v1/say/x')
    expect(await ws.nextText()).toBe('/v1/say/{word} x')
    expect(site.app.api.connections.size).toBe(1)
  })

  it('refuses an instance that the hooks of Sluice do not reach', async () => {
    const app = Fastify()
    await app.register(async (child) => void (await child.register(sayRoute())), { prefix: '/v1' })
    const second = app.register(async (child) => void (await child.register(sayRoute())), { prefix: '/v2' })
    await expect(second).rejects.toMatchObject({
      code: 'ERR_ALREADY_REGISTERED',
      message: expect.stringContaining('register it on the app first'),
    })
    await app.close()
  })

  it('is mounted on two servers, and counts both', async () => {
    const api = sayRoute()
    const sites = await Promise.all([1, 2].map(() => serve({ engine }, (app) => app.register(api))))
    const clients = await Promise.all(sites.map((site) => site.open('/say/x')))
    await Promise.all(clients.map((client) => client.nextText()))
    expect(api.connections.size).toBe(2)
    const drained = api.drain()
    for (const client of clients) expect(await client.nextClose()).toMatchObject({ code: 1001 })
    await drained
    expect(api.connections.size).toBe(0)
  })

  it('has the hooks of where it is mounted', async () => {
    const site = await serve({ engine }, async (app) => {
      await app.register(async (child) => {
        child.addHook('onRequest', async (_, reply) => reply.code(402).send())
        await child.register(sayRoute(), { prefix: '/paid' })
      })
      await app.register(sayRoute(), { prefix: '/free' })
    })
    expect((await site.ask(upgradeRequest({ path: '/paid/say/x' }))).status).toBe(402)
    const ws = await site.open('/free/say/x')
    expect(await ws.nextText()).toBe('/free/say/{word} x')
  })

  it('gives its options to its routes, and each route its own', async () => {
    const api = createApi({ subprotocols: ['api'], limits: { inbox: { messages: 7 } } })
      .websocket('/inherits', (ws) => ws.accept())
      .websocket('/overrides', { subprotocols: ['route'] }, (ws) => ws.accept())
    const site = await serve({ engine, subprotocols: ['server'], limits: { closeTimeout: 1 } }, (app) => {
      app.api.websocket('/server', (ws) => ws.accept())
      return app.register(api)
    })
    for (const [path, subprotocol] of [
      ['/inherits', 'api'],
      ['/overrides', 'route'],
      ['/server', 'server'],
    ] as const) {
      const { response } = await site.open(path, { add: [['Sec-WebSocket-Protocol', 'server, api, route']] })
      expect(response.headers['sec-websocket-protocol']).toBe(subprotocol)
    }
  })

  it('refuses a route that comes after it was mounted, where nobody would ever see it', async () => {
    const api = sayRoute()
    await serve({ engine }, (app) => app.register(api))
    expect(() => api.websocket('/late', () => {})).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
  })

  it('refuses to be mounted twice on one path', async () => {
    const api = sayRoute()
    await expect(
      serve({ engine }, async (app) => {
        await app.register(api)
        await app.register(api)
      }),
    ).rejects.toMatchObject({ code: 'ERR_DUPLICATE_ROUTE' })
  })
})
