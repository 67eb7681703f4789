import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HttpDenial, type RouteOptions, type SluiceOptions, type WebSocketConnection } from '../../src/index.ts'
import type { RawConnection, RawResponse } from '../support/raw-connection.ts'
import { clientFrame, RawWebSocket } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

describe.each(ENGINES)('the handshake with the %s engine', (engine) => {
  const serveRoute = (
    handler: (ws: WebSocketConnection) => unknown,
    route: RouteOptions = {},
    options: SluiceOptions = {},
  ): Promise<AppSite> =>
    serve({ engine, ...options }, (app) =>
      app.api.websocket('/ws', route, async (ws) => {
        await handler(ws)
      }),
    )

  async function denialOf(handler: (ws: WebSocketConnection) => unknown): Promise<RawResponse> {
    const site = await serveRoute(handler)
    return site.ask(upgradeRequest())
  }

  describe('deny', () => {
    it('answers 403 with the JSON of a denial', async () => {
      const response = await denialOf((ws) => ws.deny())
      expect(response.status).toBe(403)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(response.headers.connection).toBe('close')
      expect(JSON.parse(response.body)).toEqual({ detail: 'Forbidden', code: 'ERR_HANDLER_DENIED' })
    })

    it.each([
      ['text', 'plain words', 'text/plain; charset=utf-8', 'plain words'],
      ['empty text', '', 'text/plain; charset=utf-8', ''],
      ['bytes', Buffer.from('bytes'), 'application/octet-stream', 'bytes'],
      ['a stream', () => Readable.from(['chunk one, ', 'chunk two']), undefined, 'chunk one, chunk two'],
      ['an object', { a: [1, 'é'] }, 'application/json; charset=utf-8', '{"a":[1,"é"]}'],
      ['a number', 5, 'application/json; charset=utf-8', '5'],
    ])('sends %s as its body', async (_, body, type, text) => {
      const response = await denialOf((ws) =>
        ws.deny({ status: 451, headers: { 'X-Why': 'law' }, body: typeof body === 'function' ? body() : body }),
      )
      expect(response.status).toBe(451)
      expect(response.headers['x-why']).toBe('law')
      if (type !== undefined) expect(response.headers['content-type']).toBe(type)
      expect(response.body).toBe(text)
    })

    it.each([200, 101, 399, 600, 403.5, Number.NaN, '403'])(
      'refuses the status %s and can deny again',
      async (status) => {
        const response = await denialOf(async (ws) => {
          await expect(ws.deny({ status: status as number })).rejects.toMatchObject({ code: 'ERR_INVALID_STATUS' })
          expect(ws.state).toBe('connecting')
          await ws.deny({ status: 410 })
        })
        expect(response.status).toBe(410)
      },
    )

    const CYCLE: Record<string, unknown> = {}
    CYCLE.self = CYCLE
    it.each([
      ['a line break in a header', { headers: { 'x-bad': 'a\r\nX-Injected: 1' } }, 'ERR_INVALID_HEADER'],
      ['a header name with a space', { headers: { 'x bad': 'a' } }, 'ERR_INVALID_HEADER'],
      ['a cyclic body', { body: CYCLE }, 'ERR_INVALID_PAYLOAD'],
      ['a BigInt as its body', { body: 1n }, 'ERR_INVALID_PAYLOAD'],
      ['a function as its body', { body: () => {} }, 'ERR_INVALID_PAYLOAD'],
    ])('HS-17 refuses %s, sends nothing and can deny again', async (_, options, code) => {
      const response = await denialOf(async (ws) => {
        await expect(ws.deny(options)).rejects.toMatchObject({ code })
        expect(ws.state).toBe('connecting')
        await ws.deny({ status: 410 })
      })
      expect(response.status).toBe(410)
      expect(response.lines.join('\n').toLowerCase()).not.toContain('x-')
    })

    it.each([
      ['a line break in a header', () => new HttpDenial(403, 'no', { headers: { 'x-bad': 'a\r\nX-Injected: 1' } })],
      ['a cyclic detail', () => new HttpDenial(403, CYCLE)],
      ['a BigInt as its detail', () => new HttpDenial(403, 1n)],
    ])('HS-17 answers 500 for a thrown HttpDenial with %s', async (_, createError) => {
      const response = await denialOf(() => {
        throw createError()
      })
      expect(response.status).toBe(500)
      expect(JSON.parse(response.body)).toEqual({ detail: 'Internal server error', code: 'ERR_INTERNAL' })
      expect(response.lines.join('\n').toLowerCase()).not.toContain('x-')
    })

    it('is read whole although the client has sent frames already', async () => {
      const site = await serveRoute(async (ws) => {
        await new Promise(setImmediate)
        await ws.deny({ body: 'x'.repeat(100_000) })
      })
      const connection = await site.dial()
      connection.write(upgradeRequest())
      connection.write(clientFrame(1, 'too early'))
      expect((await connection.response()).body).toHaveLength(100_000)
      await connection.end()
    })
  })

  describe('accept', () => {
    it('adds headers to the 101, a list as several lines', async () => {
      const site = await serveRoute((ws) => ws.accept({ headers: { 'set-cookie': ['a=1', 'b=2'], 'X-Node': 'seven' } }))
      const { response } = await site.open('/ws')
      expect(response.lines.filter((line) => line.startsWith('set-cookie'))).toEqual([
        'set-cookie: a=1',
        'set-cookie: b=2',
      ])
      expect(response.headers['x-node']).toBe('seven')
    })

    it.each([
      [{ 'x-bad': 'a\r\nX-Injected: 1' }],
      [{ 'x-bad': 'a\nb' }],
      [{ 'x-bad': 'a\0b' }],
      [{ 'x-bad': 'snow ☃' }],
      [{ 'x-bad': ['fine', 'a\rb'] }],
      [{ 'x\r\nbad': 'a' }],
      [{ 'x bad': 'a' }],
      [{ '': 'a' }],
      [{ 'x-bad': undefined }],
      [{ Upgrade: 'h2c' }],
      [{ connection: 'close' }],
      [{ 'Sec-WebSocket-Accept': 'x' }],
      [{ 'sec-websocket-protocol': 'x' }],
      [{ 'Sec-WebSocket-Extensions': 'x' }],
      [{ 'Content-Length': '5' }],
      [{ 'transfer-encoding': 'chunked' }],
      [{ host: 'x' }],
    ])('HS-17 refuses the headers %o before any byte is sent', async (headers) => {
      const response = await denialOf(async (ws) => {
        await expect(ws.accept({ headers: headers as never })).rejects.toMatchObject({ code: 'ERR_INVALID_HEADER' })
        expect(ws.state).toBe('connecting')
        await ws.deny({ status: 410 })
      })
      expect(response.status).toBe(410)
      expect(response.lines.join('\n').toLowerCase()).not.toContain('x-')
    })

    it('HS-17 answers 500 when nobody catches that', async () => {
      const response = await denialOf((ws) => ws.accept({ headers: { 'x-bad': 'a\r\nb: c' } }))
      expect(response.status).toBe(500)
      expect(response.lines.join('\n')).not.toContain('b: c')
    })
  })

  describe('subprotocols', () => {
    const offer = (...values: string[]) => ({ add: values.map((value) => ['Sec-WebSocket-Protocol', value] as const) })
    const route: RouteOptions = { subprotocols: ['b', 'a', 'B'] }

    it.each([
      ['a', 'a'],
      ['unknown, a', 'a'],
      ['a, b', 'b'],
      ['a,b', 'b'],
      ['A, B', 'B'],
      ['unknown', undefined],
      [Array.from({ length: 1_000 }, (_, index) => `n${index}`).join(), undefined],
      [`${Array.from({ length: 1_000 }, (_, index) => `n${index}`).join()}, a`, 'a'],
    ])('HS-16 an offer of %.20s is answered with the first name of the server: %s', async (offered, chosen) => {
      const chosenOnes: (string | null)[] = []
      const site = await serveRoute(async (ws) => {
        await ws.accept()
        chosenOnes.push(ws.subprotocol)
      }, route)
      const { response } = await site.open('/ws', offer(offered))
      expect(response.headers['sec-websocket-protocol']).toBe(chosen)
      expect(chosenOnes).toEqual([chosen ?? null])
    })

    it('HS-16 reads an offer over several lines', async () => {
      const site = await serveRoute((ws) => ws.accept(), route)
      const { response } = await site.open('/ws', offer('x', 'y, a'))
      expect(response.headers['sec-websocket-protocol']).toBe('a')
    })

    it.each(['', 'a, a', 'a,,b', 'a b', '"a"', 'a\tb', 'ä', ','])(
      'HS-16 denies the malformed offer %j',
      async (offered) => {
        const site = await serveRoute((ws) => ws.accept(), route)
        expect((await site.ask(upgradeRequest(offer(offered)))).status).toBe(400)
      },
    )

    it('HS-16 lets the handler choose, but only what was offered', async () => {
      const site = await serveRoute(async (ws) => {
        for (const subprotocol of ['z', 'A', '', 'a\r\nX: y']) {
          await expect(ws.accept({ subprotocol })).rejects.toMatchObject({ code: 'ERR_INVALID_SUBPROTOCOL' })
        }
        await ws.accept({ subprotocol: 'own' })
        await ws.sendText(String(ws.subprotocol))
      }, route)
      const ws = await site.open('/ws', offer('b, own'))
      expect(ws.response.headers['sec-websocket-protocol']).toBe('own')
      expect(await ws.nextText()).toBe('own')
    })

    it('HS-16 denies with 400 where one is required and none fits', async () => {
      let runs = 0
      const site = await serveRoute(
        async (ws) => {
          runs++
          await ws.accept()
        },
        { ...route, requireSubprotocol: true },
      )
      for (const lines of [{}, offer('unknown')]) {
        const response = await site.ask(upgradeRequest(lines))
        expect(response.status).toBe(400)
        expect(JSON.parse(response.body)).toEqual({ detail: 'Subprotocol required', code: 'ERR_SUBPROTOCOL_REQUIRED' })
      }
      expect(runs).toBe(0)
      const { response } = await site.open('/ws', offer('a'))
      expect(response.headers['sec-websocket-protocol']).toBe('a')
    })

    it('HS-17 refuses a subprotocol that is no token at registration', async () => {
      for (const subprotocols of [['a\r\nX: y'], ['a b'], [''], ['a,b'], [5]]) {
        await expect(serveRoute(() => {}, { subprotocols } as never)).rejects.toMatchObject({
          code: 'ERR_INVALID_OPTION',
          message: expect.stringContaining('subprotocols'),
        })
      }
    })
  })

  describe('time', () => {
    it('HS-12 answers 503 when the handler has not accepted in time', async () => {
      const clock = new VirtualClock()
      const late = Promise.withResolvers<unknown>()
      const goOn = Promise.withResolvers<void>()
      const seen = Promise.withResolvers<WebSocketConnection>()
      const site = await serveRoute(
        async (ws) => {
          seen.resolve(ws)
          await goOn.promise
          late.resolve(await ws.accept().catch((error: unknown) => error))
        },
        { handshakeTimeout: 3_000 },
        { clock },
      )
      const connection = await site.dial()
      connection.write(upgradeRequest())
      const ws = await seen.promise
      await clock.timer(3_000)
      clock.advance(2_999)
      expect(ws.state).toBe('connecting')
      clock.advance(1)
      const response = await connection.response()
      expect(response.status).toBe(503)
      expect(JSON.parse(response.body)).toEqual({ detail: 'Handshake timed out', code: 'ERR_HANDSHAKE_TIMEOUT' })
      await connection.end()
      expect(ws.state).toBe('closed')
      expect(ws.signal.aborted).toBe(true)
      goOn.resolve()
      expect(await late.promise).toMatchObject({ name: 'WebSocketDisconnect', code: 1006 })
      expect(clock.delays).toEqual([])
      expect(site.app.api.stats()).toMatchObject({ denied: 1, accepted: 0, handlerErrors: 0 })
    })

    it('HS-12 leaves no timer when the handler answers in time', async () => {
      const clock = new VirtualClock()
      const site = await serveRoute(
        async (ws) => {
          await new Promise(setImmediate)
          await ws.accept()
          await ws.receive()
        },
        {},
        { clock, limits: { heartbeat: false } },
      )
      const ws = await site.open('/ws')
      expect(clock.delays).toEqual([])
      ws.close()
      await ws.toEnd()
    })
  })

  describe('the peer', () => {
    const leave: Record<string, (connection: RawConnection) => void> = {
      resets: (connection) => connection.reset(),
      'half-closes': (connection) => void connection.socket.end(),
      'goes away': (connection) => connection.destroy(),
    }

    /** Stages that wait, by the options of the route and of the plugin. */
    function slowStages(
      wait: () => Promise<void>,
    ): Record<string, { readonly route: RouteOptions; readonly plugin?: SluiceOptions }> {
      const authenticate = () => wait().then(() => ({ kind: 'none' }) as const)
      const take = () => wait().then(() => ({ isAllowed: true, retryAfter: 0 }))
      return {
        'the origin check': { route: { allowedOrigins: () => wait().then(() => true) } },
        'the rate limit': { route: { rateLimit: { rps: 5 } }, plugin: { rateStore: { take, peek: take } } },
        'an auth backend': { route: { auth: [{ name: 'slow', challenge: 'Slow', authenticate }] } },
        'a guard': { route: { guards: [{ name: 'slow', check: () => wait().then(() => true) }] } },
      }
    }

    for (const stage of Object.keys(slowStages(async () => {}))) {
      it.each(Object.keys(leave))(`HS-13 %s during ${stage}: the handler never runs`, async (way) => {
        const waiting = Promise.withResolvers<void>()
        const goOn = Promise.withResolvers<void>()
        const closed = Promise.withResolvers<void>()
        const slow = slowStages(() => {
          waiting.resolve()
          return goOn.promise
        })
        const { route, plugin = {} } = slow[stage] as (typeof slow)[string]
        let runs = 0
        const site = await serve({ engine, maxConnections: 1, ...plugin }, (app) => {
          app.addHook('onRequest', async ({ raw }) => void raw.socket.once('close', () => closed.resolve()))
          app.api.websocket('/ws', route, () => void runs++)
          app.api.websocket('/control', (ws) => ws.accept())
        })
        const connection = await site.dial({ allowHalfOpen: true })
        const origin = stage === 'the origin check' ? [['Origin', 'http://elsewhere'] as const] : []
        connection.write(upgradeRequest({ add: origin }))
        await waiting.promise
        ;(leave[way] as (connection: RawConnection) => void)(connection)
        await closed.promise
        goOn.resolve()
        // The only place is free again.
        const control = await site.open('/control')
        expect(await control.nextClose()).toEqual({ code: 1000, reason: '' })
        expect(runs).toBe(0)
        expect(site.app.api.stats()).toMatchObject({ denied: 0, handlerErrors: 0 })
        connection.destroy()
      })
    }

    it.each(Object.keys(leave))('HS-13 %s during a hook of the app: nothing is thrown or held', async (way) => {
      const waiting = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const site = await serve({ engine, maxConnections: 1 }, (app) => {
        app.addHook('preHandler', async ({ headers }) => {
          if (headers['x-slow'] === undefined) return
          waiting.resolve()
          await goOn.promise
        })
        app.api.websocket('/ws', { onMessage() {} })
      })
      const connection = await site.dial({ allowHalfOpen: true })
      connection.write(upgradeRequest({ add: [['X-Slow', '1']] }))
      await waiting.promise
      ;(leave[way] as (connection: RawConnection) => void)(connection)
      goOn.resolve()
      connection.destroy()
      await connection.closed
      for (let status = 0; status !== 101; ) {
        const control = await site.dial()
        control.write(upgradeRequest())
        status = (await control.response()).status
        expect([101, 503]).toContain(status)
      }
      expect(site.app.api.stats().handlerErrors).toBe(0)
    })

    it.each(Object.keys(leave))('HS-13 %s while the handler decides: it is told, and accept throws', async (way) => {
      const seen = Promise.withResolvers<WebSocketConnection>()
      const outcome = Promise.withResolvers<unknown>()
      const site = await serveRoute(async (ws) => {
        seen.resolve(ws)
        await new Promise((resolve) => ws.signal.addEventListener('abort', resolve))
        outcome.resolve(await ws.accept().catch((error: unknown) => error))
        await ws.deny()
      })
      const connection = await site.dial({ allowHalfOpen: true })
      connection.write(upgradeRequest())
      const ws = await seen.promise
      ;(leave[way] as (connection: RawConnection) => void)(connection)
      expect(await outcome.promise).toMatchObject({ name: 'WebSocketDisconnect', code: 1006 })
      expect(await ws.closed).toEqual({ code: 1006, reason: '', wasClean: false, initiator: 'client' })
      expect(site.app.api.stats()).toMatchObject({ accepted: 0, closed: 0, handlerErrors: 0 })
      connection.destroy()
    })

    it('HS-13 leaves before an accept that nobody awaits: the process goes on', async () => {
      const seen = Promise.withResolvers<WebSocketConnection>()
      const site = await serve({ engine }, (app) =>
        app.api.websocket('/ws', async (ws) => {
          seen.resolve(ws)
          await ws.closed
          void ws.accept()
          void ws.accept({ headers: { 'x-bad': '\n' } })
          void ws.deny()
          void ws.close(4000)
        }),
      )
      const connection = await site.dial()
      connection.write(upgradeRequest())
      const ws = await seen.promise
      connection.reset()
      await ws.closed
      await site.ask(upgradeRequest({ path: '/control' }))
      expect(site.app.api.stats()).toMatchObject({ accepted: 0, handlerErrors: 0 })
    })

    it('HS-14 resets the moment it reads the 101: nothing is released twice', async () => {
      const calls: string[] = []
      const site = await serve({ engine, maxConnections: 1 }, (app) =>
        app.api.websocket('/ws', {
          onConnect: (ws) => void calls.push(`connect ${ws.id}`),
          onDisconnect: (ws) => void calls.push(`disconnect ${ws.id}`),
        }),
      )
      for (let count = 0; count < 300; count++) {
        const connection = await site.dial()
        connection.socket.once('data', () => connection.reset())
        connection.write(upgradeRequest())
        await connection.closed
        await site.settled()
      }
      expect(calls.filter((call) => call.startsWith('connect')).length).toBe(
        calls.filter((call) => call.startsWith('disconnect')).length,
      )
      expect(new Set(calls).size).toBe(calls.length)
      const { accepted, closed } = site.app.api.stats()
      expect(closed).toBe(accepted)
      // The one place is free again.
      const control = await site.open('/ws')
      control.close()
      expect(await control.nextClose()).toEqual({ code: 1000, reason: '' })
    })

    it('HS-14 resets without waiting for the 101', async () => {
      const calls = { connect: 0, disconnect: 0 }
      const site = await serve({ engine, maxConnections: 50 }, (app) =>
        app.api.websocket('/ws', {
          onConnect: () => void calls.connect++,
          onDisconnect: () => void calls.disconnect++,
        }),
      )
      for (let round = 0; round < 20; round++) {
        const connections = await Promise.all(Array.from({ length: 20 }, () => site.dial()))
        for (const connection of connections) connection.socket.write(upgradeRequest(), () => connection.reset())
        await Promise.all(connections.map((connection) => connection.closed))
      }
      const control = await site.open('/ws')
      control.close()
      await control.toEnd()
      await site.settled()
      expect(calls.disconnect).toBe(calls.connect)
    })

    it('comes on a connection that has served HTTP before', async () => {
      const site = await serve({ engine }, (app) => {
        app.get('/http', () => 'plain')
        app.api.websocket('/ws', (ws) => ws.accept())
      })
      const connection = await site.dial()
      for (let count = 0; count < 2; count++) {
        connection.write('GET /http HTTP/1.1\r\nHost: localhost\r\n\r\n')
        expect((await connection.response()).body).toBe('plain')
      }
      connection.write(upgradeRequest())
      const ws = new RawWebSocket(connection, await connection.response())
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
    })

    it('HS-15 glues frames to the handshake: each arrives once, in order', async () => {
      const site = await serveRoute(async (ws) => {
        await new Promise(setImmediate)
        await ws.accept()
        await new Promise(setImmediate)
        for await (const text of ws.iterText()) await ws.sendText(`got ${text}`)
      })
      const connection = await site.dial()
      connection.write(
        Buffer.concat([Buffer.from(upgradeRequest()), ...['1', '2', '3'].map((text) => clientFrame(1, text))]),
      )
      expect((await connection.response()).status).toBe(101)
      connection.write(clientFrame(8, Buffer.from([3, 232])))
      await connection.end()
      expect(connection.rest().toString('latin1')).toBe('\x81\x05got 1\x81\x05got 2\x81\x05got 3\x88\x02\x03\xe8')
    })

    it('HS-15 sends frames, also cut in two, while the handler decides', async () => {
      const seen = Promise.withResolvers<WebSocketConnection>()
      const goOn = Promise.withResolvers<void>()
      const site = await serveRoute(async (ws) => {
        seen.resolve(ws)
        await goOn.promise
        await ws.accept()
        for await (const { data } of ws) await ws.sendText(`got ${data.length}`)
      })
      const connection = await site.dial()
      connection.write(upgradeRequest())
      const { request } = await seen.promise
      const large = clientFrame(2, Buffer.alloc(200_000))
      connection.write(Buffer.concat([clientFrame(1, 'first'), large.subarray(0, 100_000)]))
      while (request.raw.socket.bytesRead < upgradeRequest().length + 65_536) await new Promise(setImmediate)
      goOn.resolve()
      const ws = new RawWebSocket(connection, await connection.response())
      connection.write(large.subarray(100_000))
      expect(await ws.nextText()).toBe('got 5')
      expect(await ws.nextText()).toBe('got 200000')
      ws.close()
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
    })
  })
})
