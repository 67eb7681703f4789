import { setImmediate } from 'node:timers/promises'
import { createApi } from '@sluice/core'
import { createHandshakeKey, encodeFrame, formatUpgradeRequest, Opcode } from '@sluice/protocol'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApp, inBothTransports, openStream, rejectionOf } from './support.ts'

inBothTransports(({ connect, transport }) => {
  describe('hooks', () => {
    it('hooks run (onRequest, preValidation, preHandler), onSend does not', async () => {
      const app = await createApp()
      const ran: string[] = []
      app.addHook('onRequest', async () => void ran.push('onRequest'))
      app.addHook('preParsing', async () => void ran.push('preParsing'))
      app.addHook('preValidation', async () => void ran.push('preValidation'))
      app.addHook('preHandler', async () => void ran.push('preHandler'))
      app.addHook('onSend', async () => void ran.push('onSend'))
      app.addHook('onResponse', async () => void ran.push('onResponse'))
      app.api.websocket('/ws', async (ws) => {
        ran.push('handler')
        await ws.accept()
        await ws.sendText('done')
      })
      await using ws = await connect(app, '/ws')

      expect(await ws.receiveText()).toBe('done')
      expect(ran).toEqual(['onRequest', 'preParsing', 'preValidation', 'preHandler', 'handler'])
    })

    it('hooks run for the routes of their own instance only', async () => {
      const app = await createApp()
      const ran: string[] = []
      await app.register(async (child) => {
        child.addHook('onRequest', async () => void ran.push('inner'))
        child.api.websocket('/inner', (ws) => ws.accept())
      })
      app.api.websocket('/outer', (ws) => ws.accept())
      await using _outer = await connect(app, '/outer')
      expect(ran).toEqual([])
      await using _inner = await connect(app, '/inner')

      expect(ran).toEqual(['inner'])
    })

    it.each(['onRequest', 'preValidation', 'preHandler'] as const)(
      'a hook that replies prevents the upgrade: %s',
      async (name) => {
        const app = await createApp()
        let hasRun = false
        app.addHook(name, async (_request, reply) =>
          reply.code(402).header('x-price', '5').send({ detail: 'Pay first' }),
        )
        app.api.websocket('/ws', async (ws) => {
          hasRun = true
          await ws.accept()
        })

        expect(await rejectionOf(connect(app, '/ws'))).toMatchObject({
          status: 402,
          headers: { 'x-price': '5' },
          detail: 'Pay first',
          stage: undefined,
        })
        expect(hasRun).toBe(false)
        expect(app.api.connections.size).toBe(0)
      },
    )

    it('a hook that replies prevents the upgrade: one that throws', async () => {
      const app = await createApp()
      app.addHook('preHandler', async () => {
        throw Object.assign(new Error('No tea here'), { statusCode: 418 })
      })
      app.api.websocket('/ws', (ws) => ws.accept())

      expect(await rejectionOf(connect(app, '/ws'))).toMatchObject({ status: 418, detail: 'No tea here' })
    })

    it('async hooks do not lose quick messages', async () => {
      const app = await createApp()
      for (const name of ['onRequest', 'preValidation', 'preHandler'] as const) {
        app.addHook(name, async () => void (await setImmediate()))
      }
      app.api.websocket('/ws', async (ws) => {
        await setImmediate()
        await ws.accept()
        for (let turn = 0; turn < 3; turn++) await setImmediate()
        for await (const text of ws.iterText()) await ws.sendText(text)
      })
      await using ws = await connect(app, '/ws')
      for (const text of ['1', '2', '3']) await ws.sendText(text)

      for (const text of ['1', '2', '3']) expect(await ws.receiveText()).toBe(text)
    })
  })

  it('async hooks do not lose quick messages, not even those that come with the request', async () => {
    const app = await createApp()
    app.addHook('onRequest', async () => void (await setImmediate()))
    app.api.websocket('/ws', async (ws) => {
      await setImmediate()
      await ws.accept()
      const texts = [await ws.receiveText(), await ws.receiveText(), await ws.receiveText()]
      await ws.sendText(`got ${texts}`)
    })
    const stream = await openStream(app, transport)
    stream.write(formatUpgradeRequest({ host: 'localhost', target: '/ws', key: createHandshakeKey() }))
    for (const text of ['1', '2', '3']) stream.write(encodeFrame(Opcode.TEXT, text, { mask: true }))
    let received = ''
    for await (const chunk of stream) {
      received += chunk
      if (received.includes('got 1,2,3')) break
    }

    expect(received).toMatch(/^HTTP\/1\.1 101 .*got 1,2,3/s)
  })

  describe('plain HTTP on a WS route', () => {
    async function get(
      app: FastifyInstance,
      path: string,
    ): Promise<{ status: number; upgrade: unknown; body: unknown }> {
      if (transport === 'memory') {
        const { statusCode: status, headers, body } = await app.inject(path)
        return { status, upgrade: headers.upgrade, body: JSON.parse(body) }
      }
      const response = await fetch(new URL(path, await app.listen({ port: 0, host: '127.0.0.1' })))
      return { status: response.status, upgrade: response.headers.get('upgrade'), body: await response.json() }
    }

    it('plain HTTP on a WS route is told to upgrade', async () => {
      const app = await createApp()
      app.api.websocket('/ws/{id:int}', (ws) => ws.accept())

      expect(await get(app, '/ws/1')).toEqual({
        status: 426,
        upgrade: 'websocket',
        body: { detail: 'Upgrade required', code: 'ERR_UPGRADE_REQUIRED' },
      })
    })

    it('plain HTTP on a WS route that has an HTTP handler too', async () => {
      const app = await createApp()
      app.get('/ws', async () => ({ kind: 'http' }))
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await ws.sendText('websocket')
      })
      await using ws = await connect(app, '/ws')

      expect(await ws.receiveText()).toBe('websocket')
      if (transport === 'memory') expect(await get(app, '/ws')).toMatchObject({ status: 200, body: { kind: 'http' } })
    })

    it('an upgrade on a path without a WS route is a 404', async () => {
      const app = await createApp()
      app.get('/http', async () => 'plain')

      expect(await rejectionOf(connect(app, '/http'))).toMatchObject({ status: 404 })
      expect(await rejectionOf(connect(app, '/nowhere'))).toMatchObject({ status: 404 })
    })
  })

  it('wildcard routes', async () => {
    const app = await createApp()
    app.api.websocket('/files/{rest:path}', async (ws, { rest }) => {
      await ws.accept()
      await ws.sendText(rest)
    })
    app.api.websocket('/files/index', async (ws) => {
      await ws.accept()
      await ws.sendText('static')
    })
    await using deep = await connect(app, '/files/a/b%20c/d.txt')
    await using index = await connect(app, '/files/index')

    expect(await deep.receiveText()).toBe('a/b c/d.txt')
    expect(await index.receiveText()).toBe('static')
  })

  describe('prefix', () => {
    it('prefix of a plugin', async () => {
      const app = await createApp()
      await app.register(
        async (child) => {
          child.api.websocket('/ws/{id:int}', async (ws, { id }) => {
            await ws.accept()
            await ws.sendJson({ id, path: ws.path, route: ws.route })
          })
        },
        { prefix: '/v1' },
      )
      await using ws = await connect(app, '/v1/ws/7')

      expect(await ws.receiveJson()).toEqual({ id: 7, path: '/v1/ws/7', route: '/v1/ws/{id:int}' })
    })

    it('prefix of an api that is mounted', async () => {
      const app = await createApp()
      const api = createApi().websocket('/ws', async (ws) => {
        await ws.accept()
        await ws.sendText(ws.route)
      })
      await app.register(api, { prefix: '/v1' })
      await app.register(api, { prefix: '/v2' })
      await using first = await connect(app, '/v1/ws')
      await using second = await connect(app, '/v2/ws')

      expect([await first.receiveText(), await second.receiveText()]).toEqual(['/v1/ws', '/v2/ws'])
    })
  })

  it('decorators and `this`', async () => {
    const app = await createApp()
    app.decorate('answer', 42)
    app.decorateRequest('user', '')
    app.addHook('onRequest', async (request) => request.setDecorator('user', 'ada'))
    await app.register(async (child) => {
      child.decorate('inner', 'yes')
      child.api.websocket('/ws', async function (ws) {
        await ws.accept()
        const [answer, inner] = [this.getDecorator('answer'), this.getDecorator('inner')]
        await ws.sendJson({ answer, inner, user: ws.request.getDecorator('user') })
      })
    })
    await using ws = await connect(app, '/ws')

    expect(await ws.receiveJson()).toEqual({ answer: 42, inner: 'yes', user: 'ada' })
  })

  describe('close', () => {
    async function createListener(): Promise<FastifyInstance> {
      const app = await createApp()
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        for await (const text of ws.iterText()) await ws.sendText(text)
      })
      return app
    }

    it('close with live clients, SD-01', async () => {
      const app = await createListener()
      const clients = [await connect(app, '/ws'), await connect(app, '/ws'), await connect(app, '/ws')]
      await app.close()
      const ends = await Promise.all(clients.map((ws) => rejectionOf(ws.receive())))

      expect(ends).toMatchObject(Array(3).fill({ code: 1001, reason: 'Server shutdown' }))
      expect(app.api.connections.size).toBe(0)
    })

    it('clients connecting during close, SD-01', async () => {
      const app = await createListener()
      const gate = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      app.addHook('preClose', async () => {
        held.resolve()
        await gate.promise
      })
      onTestFinished(() => gate.resolve())
      const ws = await connect(app, '/ws')
      const closing = app.close()
      await held.promise

      expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1001 })
      expect(await rejectionOf(connect(app, '/ws'))).toMatchObject({ status: 503, detail: 'Server is shutting down' })
      gate.resolve()
      await closing
    })

    it('clients connecting during close, before the app is asked to close', async () => {
      const app = await createListener()
      const ws = await connect(app, '/ws')
      const draining = app.api.drain()

      expect(await rejectionOf(connect(app, '/ws'))).toMatchObject({
        status: 503,
        detail: 'Server is shutting down',
        stage: 'draining',
        headers: { 'retry-after': expect.any(String) },
      })
      expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1001 })
      await draining
    })
  })
})
