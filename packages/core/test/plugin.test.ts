import type { AddressInfo } from 'node:net'
import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type Handler, sluice, type WebSocketConnection } from '../src/index.ts'
import { ENGINES, type Site, serve, serveApp } from './support/site.ts'
import { plainRequest, upgradeRequest } from './support/upgrade-request.ts'

const echo: Handler<WebSocketConnection, unknown> = async (ws) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(text)
}

/** The control of an attack: a connection that still echoes. */
async function expectEcho(site: Site, path = '/ws'): Promise<void> {
  const ws = await site.open(path)
  ws.sendText('still here')
  expect(await ws.nextText()).toBe('still here')
  ws.close()
  expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
}

describe.each(ENGINES)('a server with the %s engine', (engine) => {
  const serveEcho = (path = '/ws') => serve({ engine }, (app) => app.api.websocket(path, echo))

  it('talks to a client of another make', async () => {
    const { port } = await serveEcho()
    const client = new WebSocket(`ws://127.0.0.1:${port}/ws`)
    const answer = await new Promise((resolve) => {
      client.on('open', () => client.send('hello'))
      client.on('message', (data) => resolve(String(data)))
    })
    expect(answer).toBe('hello')
    const closed = new Promise((resolve) => {
      client.on('close', resolve)
    })
    client.close(1000)
    expect(await closed).toBe(1000)
  })

  it('HS-01 tells a plain request that it must ask for an upgrade', async () => {
    let runs = 0
    const site = await serve({ engine }, (app) => app.api.websocket('/ws/{room:int}', () => void runs++))
    for (const path of ['/ws/1', '/ws/1/', '/ws/1?a=b', '/ws/not-a-number']) {
      const response = await site.ask(plainRequest(path))
      expect(response.status).toBe(426)
      expect(response.headers.upgrade).toBe('websocket')
      expect(response.headers['sec-websocket-version']).toBe('13')
      expect(response.headers.connection).toBe('close, Upgrade')
      expect(JSON.parse(response.body)).toEqual({ detail: 'Upgrade required', code: 'ERR_UPGRADE_REQUIRED' })
    }
    expect(runs).toBe(0)
    expect((await site.ask(plainRequest('/ws'))).status).toBe(404)
  })

  it('HS-01 answers other plain methods on the path as Fastify does', async () => {
    const site = await serveEcho()
    expect((await site.ask(plainRequest('/ws', 'POST'))).status).toBe(404)
    expect((await site.ask(plainRequest('/ws', 'HEAD'), { toHead: true })).status).toBe(404)
  })

  it('HS-02 denies an upgrade on an HTTP route before its handler', async () => {
    let runs = 0
    const site = await serve({ engine }, (app) => {
      app.get('/http-only', () => `run ${++runs}`)
      app.api.websocket('/ws', echo)
    })
    const response = await site.ask(upgradeRequest({ path: '/http-only' }))
    expect(response.status).toBe(404)
    expect(runs).toBe(0)
    expect((await site.ask(plainRequest('/http-only'))).body).toBe('run 1')
    await expectEcho(site)
  })

  it('HS-02 denies an upgrade on an HTTP route that was declared before Sluice', async () => {
    const site = await serveApp(async (app) => {
      app.get('/http-only', () => 'here')
      await app.register(async (child) => child.get('/in-a-child', () => 'here'))
      await app.register(sluice, { engine })
      app.api.websocket('/ws', echo)
    })
    for (const path of ['/http-only', '/in-a-child']) {
      const response = await site.ask(upgradeRequest({ path }))
      expect(response.status).toBe(404)
    }
    await expectEcho(site)
  })

  it('HS-02 ends the stream of an upgrade on a route that its hooks do not reach', async () => {
    const site = await serveApp(async (app) => {
      app.get('/outside', async () => 'over HTTP')
      await app.register(async (child) => {
        await child.register(sluice, { engine })
        child.api.websocket('/ws', echo)
      })
    })
    const response = await site.ask(upgradeRequest({ path: '/outside' }))
    expect(response.body).toBe('over HTTP')
    await expectEcho(site)
    await site.app.close()
  })

  it.each(['/nope', '//ws', '/ws/../ws', '/ws%2Fx', '/ws/x', '/ws//', '/WS', '/ws;a=b', '/./ws', '/ws/..'])(
    'HS-03 answers an upgrade of %s with the 404 that HTTP gets',
    async (path) => {
      const site = await serveEcho()
      const upgrade = await site.ask(upgradeRequest({ path }))
      const plain = await site.ask(plainRequest(path))
      expect(upgrade.status).toBe(404)
      expect(JSON.parse(upgrade.body)).toEqual(JSON.parse(plain.body))
    },
  )

  it('HS-03 lets the app answer an upgrade of an unknown path', async () => {
    const site = await serve({ engine }, (app) => {
      app.setNotFoundHandler((request, reply) => reply.code(404).send({ nothing: request.url }))
      app.api.websocket('/ws', echo)
    })
    const response = await site.ask(upgradeRequest({ path: '/nope' }))
    expect(response.status).toBe(404)
    expect(JSON.parse(response.body)).toEqual({ nothing: '/nope' })
  })

  it.each([
    ['HTTP first', true],
    ['WebSocket first', false],
  ])('serves HTTP and WebSocket on one path: %s', async (_, isHttpFirst) => {
    const declareHttp = (app: FastifyInstance) => app.get('/ws', () => 'over HTTP')
    const site = await serve({ engine }, (app) => {
      if (isHttpFirst) declareHttp(app)
      app.api.websocket('/ws', echo)
      if (!isHttpFirst) declareHttp(app)
    })
    expect((await site.ask(plainRequest('/ws'))).body).toBe('over HTTP')
    await expectEcho(site)
  })

  it('serves the routes of @fastify/websocket beside its own where the app registered it', async () => {
    const site = await serveApp(async (app) => {
      await app.register(fastifyWebsocket, { options: { maxPayload: 1024 } })
      app.get('/before', { websocket: true }, (socket) => socket.send('theirs'))
      await app.register(sluice, { engine })
      app.get('/after', { websocket: true }, (socket) => socket.send('theirs'))
      app.get('/http', () => 'HTTP')
      app.api.websocket('/ws', echo)
    })
    for (const path of ['/before', '/after']) {
      const ws = await site.open(path)
      expect(await ws.nextText()).toBe('theirs')
      ws.close()
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
    }
    expect((await site.ask(upgradeRequest({ path: '/http' }))).status).toBe(404)
    await expectEcho(site)
  })

  it('listens on every address of the app', async () => {
    const site = await serveEcho()
    await site.app.close()
    const app = Fastify()
    await app.register(sluice, { engine })
    app.api.websocket('/ws', echo)
    await app.listen({ host: 'localhost', port: 0 })
    for (const { address, port } of app.addresses() as AddressInfo[]) {
      const client = new WebSocket(`ws://${address.includes(':') ? `[${address}]` : address}:${port}/ws`)
      const echoed = new Promise((resolve) => client.on('message', (data) => resolve(String(data))))
      client.on('open', () => client.send(address))
      expect(await echoed).toBe(address)
    }
    expect(app.api.connections.size).toBe(app.addresses().length)
    await app.close()
    expect(app.api.connections.size).toBe(0)
  })

  it('HS-24 refuses to be registered twice', async () => {
    const app = Fastify()
    await app.register(sluice, { engine })
    await expect(app.register(sluice, { engine })).rejects.toMatchObject({ code: 'ERR_ALREADY_REGISTERED' })
    await app.close()
  })

  it('HS-24 leaves the upgrade of its paths to one answer beside another listener', async () => {
    const site = await serveEcho()
    let seen = 0
    site.app.server.on('upgrade', () => void seen++)
    await expectEcho(site)
    expect(seen).toBe(1)
  })

  it.each(['/%zz', '/%', '/ws/%C0%AF', '/ws/%ED%A0%80', '/ws/%'])(
    'PA-03 answers the bad escape of %s with 400 and ends the stream',
    async (path) => {
      const site = await serve({ engine }, (app) => app.api.websocket('/ws/{name}', echo))
      const response = await site.ask(upgradeRequest({ path }))
      expect(response.status).toBe(400)
      expect(JSON.parse(response.body)).toMatchObject({ code: 'FST_ERR_BAD_URL' })
      expect((await site.ask(plainRequest(path))).status).toBe(400)
      await site.app.close()
    },
  )

  it('PA-03 keeps an escaped slash inside its param', async () => {
    const site = await serve({ engine }, (app) => {
      app.api.websocket('/ws/{name}', async (ws, { name }) => {
        await ws.accept()
        await ws.sendText(name)
      })
    })
    const ws = await site.open('/ws/a%2Fb%20%C3%A9')
    expect(await ws.nextText()).toBe('a/b é')
    expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('PA-04 answers a param above maxParamLength with 414, as HTTP does, and ends the stream', async () => {
    const site = await serve({ engine }, (app) => {
      app.get('/http/:name', () => 'fits')
      app.api.websocket('/ws/{name}', echo)
    })
    for (const length of [101, 10_000]) {
      const name = 'a'.repeat(length)
      const upgrade = await site.ask(upgradeRequest({ path: `/ws/${name}` }))
      const plain = await site.ask(plainRequest(`/http/${name}`))
      expect(upgrade.status).toBe(414)
      expect(plain.status).toBe(414)
      expect(JSON.parse(upgrade.body).code).toBe(JSON.parse(plain.body).code)
    }
    await expectEcho(site, `/ws/${'a'.repeat(100)}`)
    await site.app.close()
  })

  it('PA-04 reads a longer param where the app allows it', async () => {
    const site = await serveApp(
      async (app) => {
        await app.register(sluice, { engine })
        app.api.websocket('/ws/{name}', async (ws, { name }) => {
          await ws.accept()
          await ws.sendText(String(name.length))
        })
      },
      { routerOptions: { maxParamLength: 5_000 } },
    )
    const path = `/ws/${'a'.repeat(5_000)}`
    const ws = await site.open(path)
    expect(await ws.nextText()).toBe('5000')
    await ws.nextClose()
    expect((await site.ask(plainRequest(path))).status).toBe(426)
  })

  it('ignores one trailing slash, whatever the app does with its own', async () => {
    for (const ignoreTrailingSlash of [false, true]) {
      const site = await serveApp(
        async (app) => {
          await app.register(sluice, { engine })
          app.api.websocket('/ws', echo)
          app.api.websocket('/', echo)
          app.api.websocket('/rest/*', echo)
          await app.register(async (child) => void child.api.websocket('/', echo), { prefix: '/child' })
        },
        { routerOptions: { ignoreTrailingSlash } },
      )
      for (const path of ['/ws', '/ws/', '/', '/rest/a/b', '/child', '/child/']) await expectEcho(site, path)
    }
  })

  it('reads paths in any case where the app does', async () => {
    const site = await serveApp(
      async (app) => {
        await app.register(sluice, { engine })
        app.api.websocket('/ws', echo)
      },
      { routerOptions: { caseSensitive: false } },
    )
    await expectEcho(site, '/WS')
    expect((await site.ask(plainRequest('/Ws'))).status).toBe(426)
  })

  it('prefers a static route to a param', async () => {
    const site = await serve({ engine }, (app) => {
      const say = (word: string) => async (ws: WebSocketConnection) => {
        await ws.accept()
        await ws.sendText(word)
      }
      app.api.websocket('/ws/{name}', say('param')).websocket('/ws/me', say('static'))
    })
    for (const [path, word] of [
      ['/ws/me', 'static'],
      ['/ws/you', 'param'],
    ]) {
      const ws = await site.open(path as string)
      expect(await ws.nextText()).toBe(word)
      await ws.nextClose()
    }
  })
})
