import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { createApi, dependency } from '@sluice/core'
import {
  ConnectionClosed,
  connectMany,
  expectBroadcast,
  expectClosed,
  expectDenied,
  expectMessage,
  expectNoMessage,
  replay,
  virtualClock,
  WebSocketTestClient,
} from '@sluice/testing'
import '@sluice/testing/vitest'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

/** What a handler awaits elsewhere. */
const saved = () => nextTurn()
const folder = mkdtempSync(join(tmpdir(), 'recordings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const secret = 'a secret of at least thirty-two bytes'

describe('recipes', () => {
  // #region setup
  let app: FastifyInstance

  beforeEach(async () => {
    app = Fastify()
    await app.register(sluice, { allowedOrigins: ['https://app.example.com'] })
  })

  afterEach(async () => {
    WebSocketTestClient.assertNoLeaks()
    await app.close()
  })
  // #endregion setup

  // #region message
  it('echoes', async () => {
    app.api.websocket('/ws/echo', { onMessage: (ws, { data }) => ws.send(data) })

    await using ws = await WebSocketTestClient.connect(app, '/ws/echo')
    await ws.sendText('hello')
    await ws.sendBytes(Buffer.from([1, 2, 3]))

    expect(await ws.receiveText()).toBe('hello')
    expect(await ws.receiveBytes()).toEqual(Buffer.from([1, 2, 3]))
  })
  // #endregion message

  // #region denied
  it('denies a website that is not listed', async () => {
    app.api.websocket('/ws', (ws) => ws.accept())

    const client = new WebSocketTestClient(app, '/ws', { origin: 'https://evil.example' })
    await expect(client.connect()).rejects.toMatchObject({
      status: 403,
      detail: 'Origin not allowed',
      stage: 'origin',
    })
  })
  // #endregion denied

  // #region token
  it('greets the bearer of a token', async () => {
    const options = { auth: [jwtAuthentication({ secret })], guards: [isAuthenticated()] } as const
    app.api.websocket('/ws/me', options, async (ws) => {
      await ws.accept()
      await ws.sendText(`hello ${ws.auth.userId}`)
    })

    const token = createJwt({ sub: 'ada' }, { secret })
    await using ws = await WebSocketTestClient.connect(app, '/ws/me', {
      headers: { authorization: `Bearer ${token}` },
    })

    expect(await ws.receiveText()).toBe('hello ada')
  })
  // #endregion token

  // #region request
  it('reads what the request says', async () => {
    app.api.websocket('/ws/search/{topic}', async (ws, { topic }) => {
      await ws.accept()
      await ws.sendJson({ topic, page: ws.query.page, theme: ws.cookies.theme, agent: ws.headers['user-agent'] })
    })

    await using ws = await WebSocketTestClient.connect(app, '/ws/search/tea', {
      query: { page: 2 },
      cookies: { theme: 'dark' },
      headers: { 'user-agent': 'test' },
      remoteAddress: '203.0.113.7',
    })

    expect(await ws.receiveJson()).toEqual({ topic: 'tea', page: '2', theme: 'dark', agent: 'test' })
  })
  // #endregion request

  // #region overrides
  it('greets a user without a database', async () => {
    const db = (): { nameOf(id: string): string } => {
      throw new Error('there is no database in a test')
    }
    const greeting = dependency({ db }, (ws, { db }) => `hello ${db.nameOf(String(ws.query.user))}`)
    app.api.websocket('/ws/hello', { depends: { greeting } }, async (ws) => {
      await ws.accept()
      await ws.sendText(ws.deps.greeting)
    })

    await using ws = await WebSocketTestClient.connect(app, '/ws/hello', {
      query: { user: 7 },
      overrides: { db: () => ({ nameOf: (id: string) => `user ${id}` }) },
    })

    expect(await ws.receiveText()).toBe('hello user 7')
  })
  // #endregion overrides

  // #region closing
  it('closes after the last question', async () => {
    app.api.websocket('/ws/quiz', async (ws) => {
      await ws.accept()
      await ws.sendText('6 times 7?')
      await ws.close(4000, (await ws.receiveText()) === '42' ? 'Right' : 'Wrong')
    })

    const ws = await WebSocketTestClient.connect(app, '/ws/quiz')
    expect(await ws.receiveText()).toBe('6 times 7?')
    await ws.sendText('42')

    await expect(ws.receiveText()).rejects.toThrow(ConnectionClosed)
    expect(ws).toMatchObject({ closed: true, closeCode: 4000, closeReason: 'Right' })
  })
  // #endregion closing

  // #region errors
  it('closes with 1011 when the handler fails', async () => {
    app.api.websocket('/ws/broken', async (ws) => {
      await ws.accept()
      throw new TypeError('out of paper')
    })

    const client = new WebSocketTestClient(app, '/ws/broken', { raiseServerErrors: false })
    await using ws = await client.connect()

    await expect(ws.receive()).rejects.toMatchObject({ code: 1011, reason: 'Internal error' })
  })

  it('shows the error of the handler to the test', async () => {
    app.api.websocket('/ws/broken', {
      onMessage: () => {
        throw new TypeError('out of paper')
      },
    })

    const print = async () => {
      await using ws = await WebSocketTestClient.connect(app, '/ws/broken')
      await ws.sendText('page 1')
    }
    await expect(print()).rejects.toThrow('out of paper')
  })
  // #endregion errors

  // #region replay
  it('answers as it did', async () => {
    const api = createApi().websocket('/ws/echo', { onMessage: (ws, { data }) => ws.send(data) })
    const file = join(folder, 'echo.json')
    {
      await using ws = await WebSocketTestClient.connect(api, '/ws/echo', { record: file })
      await ws.sendText('hello')
      await ws.receiveText()
    }

    await replay(api, file)
  })
  // #endregion replay

  // #region several
  it('tells the others', async () => {
    const members = new Set<{ trySend(text: string): unknown }>()
    app.api.websocket('/ws/lobby', {
      onConnect: (ws) => void members.add(ws),
      onMessage: (ws, { data }) => {
        for (const member of members) if (member !== ws) member.trySend(String(data))
      },
      onDisconnect: (ws) => void members.delete(ws),
    })

    await using people = await connectMany(app, 100, '/ws/lobby')
    await people.at(0).sendText('hello')

    await expectBroadcast(people, 'hello', { except: people.at(0) })
  })
  // #endregion several

  // #region assertions
  it('plays a round', async () => {
    const players = new Set<{ trySend(text: string): unknown }>()
    app.api.websocket('/ws/game', {
      onConnect: async (ws) => {
        players.add(ws)
        await ws.sendJson({ type: 'welcome', players: players.size })
      },
      onMessage: (ws, { data }) => {
        if (data === 'leave') return ws.close(4000, 'Left the game')
        for (const player of players) if (player !== ws) player.trySend(String(data))
      },
    })

    await expectDenied(new WebSocketTestClient(app, '/ws/game', { origin: 'https://evil.example' }), 403)
    await using ada = await WebSocketTestClient.connect(app, '/ws/game')
    await expectMessage(ada, { type: 'welcome', players: 1 })
    await using bob = await WebSocketTestClient.connect(app, '/ws/game')
    await expectMessage(bob, { type: 'welcome', players: 2 })

    await ada.sendText('roll')
    await expectBroadcast([ada, bob], 'roll', { except: ada })
    await bob.sendText('leave')
    await expectClosed(bob, { code: 4000, reason: 'Left the game' })
    await expectNoMessage(ada)
  })
  // #endregion assertions

  // #region matchers
  it('echoes, in other words', async () => {
    app.api.websocket('/ws/echo', { onMessage: (ws, { data }) => ws.send(data) })
    const stranger = new WebSocketTestClient(app, '/ws/echo', { origin: 'https://evil.example' })
    await using ws = await WebSocketTestClient.connect(app, '/ws/echo')
    await ws.sendJson({ n: 1 })

    await expect(stranger).toBeDenied(403)
    await expect(ws).toReceiveMessage({ n: 1 })
    await expect(ws).toReceiveNoMessage()
  })
  // #endregion matchers

  // #region silence
  it('says nothing to a ping', async () => {
    app.api.websocket('/ws/quiet', { onMessage: () => {} })

    await using ws = await WebSocketTestClient.connect(app, '/ws/quiet')
    await ws.sendText('anybody there?')

    await expectNoMessage(ws)
  })
  // #endregion silence

  // #region settled
  it('counts what was said', async () => {
    let count = 0
    app.api.websocket('/ws/count', {
      onMessage: async () => {
        await saved()
        count++
      },
    })

    await using ws = await WebSocketTestClient.connect(app, '/ws/count')
    for (const text of ['one', 'two', 'three']) await ws.sendText(text)
    await ws.settled()

    expect(count).toBe(3)
  })
  // #endregion settled

  // #region reconnect
  it('keeps the basket of whoever comes back', async () => {
    const baskets = new Map<string, string[]>()
    app.api.websocket('/ws/basket', {
      onConnect: (ws) => ws.sendJson(baskets.get(ws.cookies.session ?? '') ?? []),
      onMessage: (ws, { data }) => void baskets.set(ws.cookies.session ?? '', [String(data)]),
    })
    const client = new WebSocketTestClient(app, '/ws/basket', { cookies: { session: 'ada' } })

    await using first = await client.connect()
    await expectMessage(first, [])
    await first.sendText('tea')
    await first.settled()
    first.network.reset()
    await expectClosed(first, 1006)

    await using second = await client.connect()
    await expectMessage(second, ['tea'])
  })
  // #endregion reconnect

  // #region frames
  it('fails a frame without a mask', async () => {
    app.api.websocket('/ws/strict', { onMessage: () => {} })

    const ws = await WebSocketTestClient.connect(app, '/ws/strict')
    await ws.sendFrame(Uint8Array.of(0x81, 0x01, 0x41))

    await expect(ws.receive()).rejects.toMatchObject({ code: 1002 })
  })
  // #endregion frames
})

// #region clock
it('closes when the token has expired', async () => {
  const clock = virtualClock()
  const auth = [jwtAuthentication({ secret, expiryGrace: 0 })]
  await using app = Fastify()
  await app.register(sluice, { clock, auth })
  app.api.websocket('/ws/me', { onMessage: () => {} })

  const token = createJwt({ sub: 'ada' }, { secret, expiresIn: 60_000, clock })
  const ws = await WebSocketTestClient.connect(app, '/ws/me', { headers: { authorization: `Bearer ${token}` } })
  await clock.advance(59_999)
  expect(ws.closed).toBe(false)
  await clock.advance(1_001) // ends are spread over a second

  await expect(ws.receive()).rejects.toMatchObject({ code: 4440, reason: 'Token expired' })
})

it('limits how often one may connect', async () => {
  const clock = virtualClock()
  const api = createApi({ rateLimit: { rps: 1, burst: 2 } })
  api.websocket('/ws', (ws) => ws.accept())

  const client = new WebSocketTestClient(api, '/ws', { clock })
  const knock = async () => (await client.connect()).close()
  await knock()
  await knock()
  await expect(knock()).rejects.toThrow('Rate limit exceeded')

  await clock.advance(1_000)
  await knock()
})
// #endregion clock

// #region handshake-timeout
it('denies a handshake that its handler forgot', async () => {
  const clock = virtualClock()
  await using app = Fastify()
  await app.register(sluice, { clock, handshakeTimeout: 10_000 })
  app.api.websocket('/ws/forgetful', () => new Promise<void>(() => {}))

  const connecting = WebSocketTestClient.connect(app, '/ws/forgetful')
  const denied = expect(connecting).rejects.toMatchObject({ status: 503 })
  await clock.advance(10_000)
  await denied
})
// #endregion handshake-timeout

// #region faults
it('does not depend on how bytes arrive', async () => {
  const api = createApi()
  api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })

  await using ws = await WebSocketTestClient.connect(api, '/ws', { faults: { chunkSize: 1 } })
  await ws.sendText('one byte at a time')

  await expectMessage(ws, 'one byte at a time')
})

it('forgets whoever is gone without a word', async () => {
  const clock = virtualClock()
  const members = new Set<object>()
  const api = createApi({ limits: { heartbeat: { interval: 25_000, timeout: 10_000 } } })
  api.websocket('/ws', {
    onConnect: (ws) => void members.add(ws),
    onDisconnect: (ws) => void members.delete(ws),
  })

  await using ws = await WebSocketTestClient.connect(api, '/ws', { clock })
  await clock.advance(300_000)
  expect(members.size).toBe(1)

  ws.network.silence()
  ws.terminate()
  await clock.advance(40_000)
  expect(members.size).toBe(0)
})
// #endregion faults

// #region api
it('tests a module without an app', async () => {
  const api = createApi()
  api.websocket('/rooms/{room}', { onMessage: (ws, { data }) => ws.sendText(`${ws.params.room}: ${data}`) })

  await using ws = await WebSocketTestClient.connect(api, '/rooms/tea')
  await ws.sendText('hello')

  expect(await ws.receiveText()).toBe('tea: hello')
})
// #endregion api

// #region transports
describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  it('echoes', async () => {
    await using app = Fastify()
    await app.register(sluice)
    app.api.websocket('/ws/echo', { onMessage: (ws, { data }) => ws.send(data) })

    await using ws = await WebSocketTestClient.connect(app, '/ws/echo', { transport })
    await ws.sendText('hello')

    expect(await ws.receiveText()).toBe('hello')
  })
})
// #endregion transports
