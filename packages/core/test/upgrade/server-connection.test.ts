import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type CloseEvent,
  type ConnectionState,
  type Handler,
  type SluiceOptions,
  sluice,
  WebSocketClose,
  type WebSocketConnection,
} from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { RawWebSocket } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { plainRequest, upgradeRequest } from '../support/upgrade-request.ts'

type Call = (ws: WebSocketConnection) => unknown

async function collect(iterable: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const item of iterable) items.push(item)
  return items
}

const INVALID_STATE = 'SluiceError ERR_INVALID_STATE'

const RECEIVES: Record<string, Call> = {
  receive: (ws) => ws.receive(),
  receiveText: (ws) => ws.receiveText(),
  receiveBytes: (ws) => ws.receiveBytes(),
  receiveJson: (ws) => ws.receiveJson(),
  'receiveJson binary': (ws) => ws.receiveJson({ mode: 'binary' }),
}
const ITERATORS: Record<string, Call> = {
  iterText: (ws) => collect(ws.iterText()),
  iterBytes: (ws) => collect(ws.iterBytes()),
  iterJson: (ws) => collect(ws.iterJson()),
  'for await': (ws) => collect(ws),
}
const SENDS: Record<string, Call> = {
  send: (ws) => ws.send('x'),
  sendText: (ws) => ws.sendText('x'),
  sendBytes: (ws) => ws.sendBytes(Buffer.from('x')),
  sendJson: (ws) => ws.sendJson({}),
  'sendJson binary': (ws) => ws.sendJson({}, { mode: 'binary' }),
}
const PING: Record<string, Call> = { ping: (ws) => ws.ping() }

describe.each(ENGINES)('the calls in each state, with the %s engine', (engine) => {
  /** Serves one route, and gives what its handler came to. */
  async function runHandler<T>(
    run: (ws: WebSocketConnection) => Promise<T>,
    options: SluiceOptions = {},
  ): Promise<{ site: AppSite; result: Promise<T> }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    promise.catch(() => {})
    const site = await serve({ engine, ...options }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await run(ws).then(resolve, reject)
      }),
    )
    return { site, result: promise }
  }

  /** Each call and what became of it, while connecting, before the handshake is denied. */
  async function whileConnecting(calls: Record<string, Call>): Promise<Record<string, unknown>> {
    const { site, result } = await runHandler(async (ws) => {
      const outcomes: Record<string, unknown> = {}
      for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(() => call(ws))
      expect(ws.state).toBe('connecting')
      await ws.deny()
      return outcomes
    })
    expect((await site.ask(upgradeRequest())).status).toBe(403)
    return result
  }

  /** The same once the connection is closing, and again when it has closed. */
  async function afterClose(
    calls: Record<string, Call>,
    close: 'server' | 'client',
  ): Promise<Partial<Record<ConnectionState, Record<string, unknown>>>> {
    const { site, result } = await runHandler(async (ws) => {
      await ws.accept()
      if (close === 'server') void ws.close(4000, 'bye')
      else await ws.receive().catch(() => {})
      const states: Partial<Record<ConnectionState, Record<string, unknown>>> = {}
      for (let round = 0; round < 2; round++) {
        const outcomes: Record<string, unknown> = {}
        const { state } = ws
        for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(() => call(ws))
        states[state] = outcomes
        await ws.closed
      }
      return states
    })
    const client = await site.open('/ws')
    if (close === 'client') client.close(4000, 'bye')
    await client.toEnd()
    return result
  }

  const same = (calls: Record<string, Call>, outcome: unknown) =>
    Object.fromEntries(Object.keys(calls).map((name) => [name, outcome]))

  it('connecting: receives, iterators, sends and pings are errors of their caller', async () => {
    const calls = { ...RECEIVES, ...ITERATORS, ...SENDS, ...PING }
    expect(await whileConnecting(calls)).toEqual(same(calls, INVALID_STATE))
  })

  it('connecting: the error says what to do', async () => {
    const { site, result } = await runHandler(async (ws) => {
      const error = await ws.sendText('x').catch((reason: Error) => reason.message)
      await ws.deny()
      return error
    })
    await site.ask(upgradeRequest())
    expect(await result).toBe('cannot send while connecting: call accept() first')
  })

  it('connecting: trySend drops', async () => {
    expect(await whileConnecting({ trySend: (ws) => ws.trySend('x') })).toEqual({ trySend: 'dropped' })
  })

  it('connecting: closing with a code that may not be sent denies nothing', async () => {
    expect(await whileConnecting({ close: (ws) => ws.close(1006) })).toEqual({
      close: 'CloseCodeError ERR_INVALID_CLOSE_CODE',
    })
  })

  it.each([
    [undefined, 403],
    [1000, 403],
    [1008, 403],
    [1011, 500],
    [1012, 503],
    [1013, 503],
    [3000, 403],
    [4400, 400],
    [4401, 401],
    [4403, 403],
    [4404, 404],
    [4409, 409],
    [4422, 422],
    [4429, 429],
    [4503, 503],
  ])('connecting: close(%s) denies with %s', async (code, status) => {
    for (const end of [
      (ws: WebSocketConnection) => ws.close(code, 'for a reason'),
      async () => {
        if (code !== undefined) throw new WebSocketClose(code, 'for a reason')
        throw new WebSocketClose(1000, 'for a reason')
      },
    ]) {
      const site = await serve({ engine }, (app) => app.api.websocket('/ws', end))
      const response = await site.ask(upgradeRequest())
      expect(response.status).toBe(status)
      expect(JSON.parse(response.body)).toEqual({ detail: 'for a reason', code: 'ERR_HANDLER_DENIED' })
    }
  })

  it('connecting: terminate cuts the stream without an answer', async () => {
    const { site, result } = await runHandler(async (ws) => {
      ws.terminate()
      return [ws.state, await ws.closed, await outcomeOf(() => ws.accept())]
    })
    const connection = await site.dial()
    connection.write(upgradeRequest())
    await connection.end()
    expect(connection.rest().length).toBe(0)
    expect(await result).toEqual([
      'closed',
      { code: 1006, reason: '', wasClean: false, initiator: 'server' },
      INVALID_STATE,
    ])
  })

  it('open: accept does nothing, and deny is an error', async () => {
    const { site, result } = await runHandler(async (ws) => {
      await ws.accept()
      const outcomes = [ws.state, await outcomeOf(() => ws.accept()), await outcomeOf(() => ws.deny())]
      await ws.sendText('still open')
      return [...outcomes, ws.state]
    })
    const client = await site.open('/ws')
    expect(await client.nextText()).toBe('still open')
    await client.nextClose()
    expect(await result).toEqual(['open', undefined, INVALID_STATE, 'open'])
  })

  it.each(['server', 'client'] as const)('after a close by the %s: accept and deny are errors', async (close) => {
    const calls: Record<string, Call> = { accept: (ws) => ws.accept(), deny: (ws) => ws.deny() }
    const states = await afterClose(calls, close)
    for (const outcomes of Object.values(states)) expect(outcomes).toEqual(same(calls, INVALID_STATE))
    expect(states.closed).toBeDefined()
  })

  it.each(['server', 'client'] as const)('after a close by the %s: close and terminate do nothing', async (close) => {
    const states = await afterClose({ close: (ws) => ws.close(4001) }, close)
    for (const outcomes of Object.values(states)) expect(outcomes).toEqual({ close: undefined })
    expect(await afterClose({ terminate: (ws) => ws.terminate() }, close)).toMatchObject({
      closed: { terminate: undefined },
    })
  })

  it.each(['server', 'client'] as const)(
    'after a close by the %s: receives, sends and pings throw the same disconnect every time',
    async (close) => {
      const calls = { ...RECEIVES, ...SENDS, ...PING, again: RECEIVES.receive as Call }
      const states = await afterClose(calls, close)
      for (const outcomes of Object.values(states)) expect(outcomes).toEqual(same(calls, 'WebSocketDisconnect 4000'))
      expect(states.closed).toBeDefined()
    },
  )

  it.each(['server', 'client'] as const)('after a close by the %s: iterators end and trySend drops', async (close) => {
    const states = await afterClose({ ...ITERATORS, trySend: (ws) => ws.trySend('x') }, close)
    for (const outcomes of Object.values(states)) {
      expect(outcomes).toEqual({ ...same(ITERATORS, []), trySend: 'dropped' })
    }
  })

  it('after a close by the server: the state is closing until the peer has answered', async () => {
    const states = await afterClose({ accept: (ws) => ws.accept() }, 'server')
    expect(Object.keys(states)).toEqual(['closing', 'closed'])
  })

  it('denied: it was never open, and every call says so', async () => {
    const { site, result } = await runHandler(async (ws) => {
      await ws.deny({ status: 402 })
      const calls = { ...RECEIVES, ...SENDS, ...PING }
      const outcomes: Record<string, unknown> = {}
      for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(() => call(ws))
      expect(outcomes).toEqual(same(calls, 'WebSocketDisconnect 1006'))
      for (const call of Object.values(ITERATORS)) expect(await call(ws)).toEqual([])
      expect(await outcomeOf(() => ws.accept())).toBe(INVALID_STATE)
      expect(await outcomeOf(() => ws.deny())).toBe(INVALID_STATE)
      expect(await outcomeOf(() => ws.close())).toBe(undefined)
      expect(ws.trySend('x')).toBe('dropped')
      ws.terminate()
      return [ws.state, await ws.closed, ws.signal.aborted]
    })
    expect((await site.ask(upgradeRequest())).status).toBe(402)
    expect(await result).toEqual([
      'closed',
      { code: 1006, reason: '', wasClean: false, initiator: 'server' } satisfies CloseEvent,
      true,
    ])
    expect(site.app.api.stats()).toMatchObject({ accepted: 0, denied: 1, closed: 0, handlerErrors: 0 })
  })
})

describe.each(ENGINES)('what a connection says of itself, with the %s engine', (engine) => {
  async function connectionOf(
    path: string,
    request: string,
    handler: Handler<WebSocketConnection, unknown>,
  ): Promise<AppSite> {
    const site = await serve({ engine }, (app) => app.api.websocket(path, handler))
    await site.ask(request)
    return site
  }

  it('knows its request', async () => {
    let seen: WebSocketConnection | undefined
    const site = await connectionOf(
      '/ws/{room:int}/{name}',
      upgradeRequest({
        path: '/ws/7/caf%C3%A9?a=1&a=2&b&c=%20d',
        add: [
          ['X-Token', 'abc'],
          ['Cookie', 'session=s%3D1; theme=dark; session=second'],
        ],
      }),
      async (ws) => {
        seen = ws
        await ws.deny()
      },
    )
    const ws = seen as WebSocketConnection
    expect(ws.path).toBe('/ws/7/caf%C3%A9')
    expect(ws.route).toBe('/ws/{room:int}/{name}')
    expect(ws.params).toEqual({ room: 7, name: 'café' })
    expect(ws.rawParams).toEqual({ room: '7', name: 'café' })
    expect(ws.query).toEqual({ a: ['1', '2'], b: '', c: ' d' })
    expect(ws.headers['x-token']).toBe('abc')
    expect(ws.cookies).toEqual({ session: 's=1', theme: 'dark' })
    expect(ws.auth).toBeNull()
    expect(ws.subprotocol).toBeNull()
    expect(ws.request.server).toBe(site.app)
    expect(site.log.some(({ msg }) => msg === 'WebSocket handshake denied')).toBe(true)
  })

  it('knows its peer, its own id and its logger', async () => {
    const ids = new Set<string>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        ids.add(ws.id)
        ws.locals.count = 1
        expect(ws.locals).toBe(ws.locals)
        await ws.accept()
        ws.log.info('said by the handler')
        await ws.sendJson(ws.client)
      }),
    )
    for (let count = 1; count <= 3; count++) {
      const client = await site.open('/ws')
      const peer = JSON.parse(await client.nextText())
      expect(peer).toEqual({ host: '127.0.0.1', port: client.connection.socket.localPort })
      await client.nextClose()
      expect(ids.size).toBe(count)
    }
    const lines = site.log.filter(({ msg }) => msg === 'said by the handler')
    expect(lines.map(({ connection }) => connection)).toEqual([...ids])
    for (const line of lines) expect(line.reqId).toBeDefined()
  })

  it('does not pollute prototypes by its query or its cookies', async () => {
    let seen: WebSocketConnection | undefined
    await connectionOf(
      '/ws',
      upgradeRequest({
        path: '/ws?__proto__=x&constructor=y&__proto__[z]=1',
        add: [['Cookie', '__proto__=x; constructor=y']],
      }),
      async (ws) => {
        seen = ws
        await ws.deny()
      },
    )
    for (const given of [seen?.query, seen?.cookies]) expect('toString' in (given as object)).toBe(false)
    expect(({} as Record<string, unknown>).z).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('RL-07 has no client where the stream has no address', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const app = Fastify()
    onTestFinished(() => app.close())
    await app.register(sluice, { engine })
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.sendJson(ws.client)
    })
    const path = join(directory, 'socket')
    await app.listen({ path })
    const connection = new RawConnection(connect(path))
    connection.write(upgradeRequest())
    const ws = new RawWebSocket(connection, await connection.response())
    expect(await ws.nextText()).toBe('null')
    expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('takes no timeout of the HTTP server with it', async () => {
    const timeout = Promise.withResolvers<number | undefined>()
    const site = await serve({ engine }, (app) => {
      app.server.timeout = 60_000
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        timeout.resolve(ws.request.raw.socket.timeout)
        await ws.receive()
      })
    })
    await site.open('/ws')
    expect(await timeout.promise).toBe(0)
    expect((await site.ask(plainRequest('/ws'))).status).toBe(426)
  })
})
