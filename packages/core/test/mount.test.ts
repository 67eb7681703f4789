import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { HttpDenial, type SluiceApi, type SluiceOptions, sluice, type WebSocketConnection } from '../src/index.ts'
import { outcomeOf } from './support/outcome.ts'
import { clientFrame, RawWebSocket } from './support/raw-websocket.ts'
import { type AppSite, ENGINES, serve, serveApp } from './support/site.ts'
import { plainRequest, upgradeRequest } from './support/upgrade-request.ts'
import { VirtualClock } from './support/virtual-clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tenant?: string
  }
  interface FastifyRequest {
    visited?: string[]
  }
}

describe.each(ENGINES)('the routes of an instance, with the %s engine', (engine) => {
  const serveWith = (declare: (app: FastifyInstance) => unknown, options: SluiceOptions = {}): Promise<AppSite> =>
    serve({ engine, ...options }, declare)

  it('have its prefix', async () => {
    const routes: string[] = []
    const declare = (api: SluiceApi) =>
      api.websocket('/ws/{n:int}', async (ws) => {
        routes.push(ws.route)
        await ws.accept()
      })
    const site = await serveWith(async (app) => {
      declare(app.api)
      await app.register(
        async (child) => {
          declare(child.api)
          await child.register(async (grandchild) => void declare(grandchild.api), { prefix: '/b' })
        },
        { prefix: '/a' },
      )
    })
    for (const path of ['/ws/1', '/a/ws/1', '/a/b/ws/1']) {
      const ws = await site.open(path)
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
      expect((await site.ask(plainRequest(path))).status).toBe(426)
    }
    expect(routes).toEqual(['/ws/{n:int}', '/a/ws/{n:int}', '/a/b/ws/{n:int}'])
    expect((await site.ask(upgradeRequest({ path: '/b/ws/1' }))).status).toBe(404)
  })

  it('have its hooks, those of its parents first, and not those of its siblings', async () => {
    const visits: string[] = []
    const visit = (name: string) => async () => void visits.push(name)
    const site = await serveWith(async (app) => {
      app.addHook('onRequest', visit('app onRequest'))
      app.addHook('preValidation', visit('app preValidation'))
      app.addHook('preHandler', visit('app preHandler'))
      app.addHook('onSend', visit('app onSend'))
      app.addHook('onResponse', visit('app onResponse'))
      await app.register(async (child) => {
        child.addHook('onRequest', visit('child onRequest'))
        child.addHook('preHandler', visit('child preHandler'))
        child.api.websocket('/child', (ws) => {
          visits.push('handler')
          return ws.accept()
        })
      })
      await app.register(async (sibling) => {
        sibling.addHook('onRequest', visit('sibling'))
      })
    })
    const ws = await site.open('/child')
    await ws.nextClose()
    expect(visits).toEqual([
      'app onRequest',
      'child onRequest',
      'app preValidation',
      'app preHandler',
      'child preHandler',
      'handler',
    ])
  })

  it('are not reached when a hook replies or throws', async () => {
    let runs = 0
    const site = await serveWith(async (app) => {
      await app.register(async (child) => {
        child.addHook('onRequest', async (_, reply) => reply.code(402).send({ pay: true }))
        child.api.websocket('/replies', () => void runs++)
      })
      await app.register(async (child) => {
        child.addHook('preHandler', async () => {
          throw Object.assign(new Error('not today'), { statusCode: 409 })
        })
        child.api.websocket('/throws', () => void runs++)
      })
    })
    const replied = await site.ask(upgradeRequest({ path: '/replies' }))
    expect([replied.status, JSON.parse(replied.body)]).toEqual([402, { pay: true }])
    const thrown = await site.ask(upgradeRequest({ path: '/throws' }))
    expect([thrown.status, JSON.parse(thrown.body).message]).toEqual([409, 'not today'])
    expect(runs).toBe(0)
  })

  it('run their handlers with the instance as this, and its decorators', async () => {
    const seen: unknown[] = []
    const site = await serveWith(async (app) => {
      app.decorateRequest('visited')
      await app.register(async (child) => {
        child.decorate('tenant', 'seven')
        child.addHook('onRequest', async (request) => {
          request.visited = ['child']
        })
        child.api
          .websocket('/handler', async function (ws) {
            seen.push(this.tenant, ws.request.visited)
            await ws.accept()
          })
          .websocket('/callbacks', {
            onConnect() {
              seen.push(this.tenant)
            },
            onMessage() {
              seen.push(this.tenant)
            },
            onDisconnect() {
              seen.push(this.tenant)
            },
          })
      })
    })
    const first = await site.open('/handler')
    await first.nextClose()
    const second = await site.open('/callbacks')
    second.sendText('x')
    second.close()
    await second.toEnd()
    await site.settled()
    expect(seen).toEqual(['seven', ['child'], 'seven', 'seven', 'seven'])
  })

  it('tell generators of documentation what they are', async () => {
    const seen: unknown[] = []
    await serveWith((app) => {
      app.addHook('onRoute', ({ url, method, schema, config }) => {
        if (method === 'GET') seen.push([url, schema, (config as { websocketRoute?: string }).websocketRoute])
      })
      app.api.websocket('/a/{n:int}', { summary: 's', description: 'd', tags: ['t'] }, () => {})
      app.api.websocket('/b/*', { hidden: true }, () => {})
    })
    const described = { hide: false, summary: 's', description: 'd', tags: ['t'] }
    expect(seen).toMatchObject([
      ['/a/:n', described, '/a/{n:int}'],
      ['/a/:n/', described, '/a/{n:int}'],
      ['/b/*', { hide: true }, '/b/*'],
    ])
  })

  it('answer injected requests as any other', async () => {
    const site = await serveWith((app) => app.api.websocket('/ws', () => {}))
    const response = await site.app.inject('/ws')
    expect([response.statusCode, response.headers.upgrade, response.json().code]).toEqual([
      426,
      'websocket',
      'ERR_UPGRADE_REQUIRED',
    ])
  })

  describe('beside a hook that another plugin puts behind theirs', () => {
    const BEHIND: Record<string, (request: FastifyRequest, reply: FastifyReply) => unknown> = {
      'at once': (_, __) => Promise.resolve(),
      later: () => new Promise(setImmediate),
    }

    async function serveBehind(
      behind: (request: FastifyRequest, reply: FastifyReply) => unknown,
      handler: (ws: WebSocketConnection) => unknown,
      options: SluiceOptions = {},
    ): Promise<AppSite> {
      return serveApp(async (app) => {
        app.addHook('onRoute', (route) => {
          route.preHandler = [
            route.preHandler ?? [],
            async (...given: [FastifyRequest, FastifyReply]) => behind(...given),
          ].flat()
        })
        await app.register(sluice, { engine, ...options })
        app.api.websocket('/ws', async (ws) => {
          await handler(ws)
        })
      })
    }

    it.each(Object.keys(BEHIND))('open once it has passed: %s', async (when) => {
      const site = await serveBehind(BEHIND[when] as () => unknown, async (ws) => {
        const [first] = await Promise.all([ws.accept({ headers: { 'x-a': '1' } }), ws.accept()])
        expect([first, ws.state]).toEqual([undefined, 'open'])
        await ws.sendText(await ws.receiveText())
      })
      const connection = await site.dial()
      connection.write(Buffer.concat([Buffer.from(upgradeRequest()), clientFrame(1, 'early')]))
      const ws = new RawWebSocket(connection, await connection.response())
      expect(ws.response.headers['x-a']).toBe('1')
      expect(await ws.nextText()).toBe('early')
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
      expect(site.app.api.stats()).toMatchObject({ accepted: 1, handlerErrors: 0 })
    })

    it('do not open when it replies, and the handler is told', async () => {
      const outcome = Promise.withResolvers<unknown>()
      const site = await serveBehind(
        async (_, reply) => {
          await new Promise(setImmediate)
          return reply.code(429).send({ slow: 'down' })
        },
        async (ws) => outcome.resolve(await outcomeOf(() => ws.accept())),
      )
      expect((await site.ask(upgradeRequest())).status).toBe(429)
      expect(await outcome.promise).toBe('WebSocketDisconnect 1006')
      expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 0, handlerErrors: 0 })
    })

    it('do not open when the handler denies meanwhile', async () => {
      const goOn = Promise.withResolvers<void>()
      const site = await serveBehind(
        () => goOn.promise,
        async (ws) => {
          const accepting = outcomeOf(() => ws.accept())
          await ws.deny({ status: 410 })
          expect(await accepting).toBe('WebSocketDisconnect 1006')
          goOn.resolve()
        },
      )
      expect((await site.ask(upgradeRequest())).status).toBe(410)
      expect(site.app.api.stats()).toMatchObject({ accepted: 0, denied: 1, handlerErrors: 0 })
    })

    it('do not open when the peer leaves or the time is up', async () => {
      for (const end of ['leaves', 'time'] as const) {
        const clock = new VirtualClock()
        const outcome = Promise.withResolvers<unknown>()
        const waiting = Promise.withResolvers<void>()
        const goOn = Promise.withResolvers<void>()
        const site = await serveBehind(
          () => {
            waiting.resolve()
            return goOn.promise
          },
          async (ws) => outcome.resolve([await outcomeOf(() => ws.accept()), ws.state]),
          { clock, handshakeTimeout: 700 },
        )
        const connection = await site.dial()
        connection.write(upgradeRequest())
        await waiting.promise
        if (end === 'leaves') connection.destroy()
        else clock.advance(700)
        expect(await outcome.promise).toEqual(['WebSocketDisconnect 1006', 'closed'])
        if (end === 'time') expect((await connection.response()).status).toBe(503)
        goOn.resolve()
        await new Promise(setImmediate)
        expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 0, handlerErrors: 0 })
      }
    })

    it('tell a denial by its close code', async () => {
      const site = await serveBehind(BEHIND.later as () => unknown, () => Promise.reject(new HttpDenial(429)), {
        denial: 'close',
      })
      const ws = await site.open('/ws')
      expect(await ws.nextClose()).toEqual({ code: 4429, reason: 'Too Many Requests' })
    })
  })
})
