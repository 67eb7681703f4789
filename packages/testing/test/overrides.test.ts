import sluice, { createApi, dependency, HttpDenial, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { HandshakeDenied, WebSocketTestClient } from '../src/index.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

const db = async () => ({ name: 'real' })
const user = dependency({ db }, (ws, { db }) => `${ws.query.user} of ${db.name}`)

async function tell(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson(ws.deps)
}

async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(sluice)
  app.api.websocket('/ws', { depends: { user } }, tell).websocket('/none', tell)
  return app
}

describe.each(['memory', 'socket'] as const)('overrides over %s', (transport) => {
  const query = { user: 'ada' }
  const ask = async (app: FastifyInstance, options: object): Promise<unknown> => {
    await using ws = await WebSocketTestClient.connect(app, '/ws', { query, transport, ...options })
    return ws.receiveJson()
  }

  it('stand in by name, on the route and within other dependencies', async () => {
    const app = await build()
    expect(await ask(app, { overrides: { user: () => 'eve' } })).toEqual({ user: 'eve' })
    expect(await ask(app, { overrides: { db: async () => ({ name: 'fake' }) } })).toEqual({ user: 'ada of fake' })
  })

  it('stand in for a dependency itself, as pairs or a Map', async () => {
    const app = await build()
    const fake = (ws: WebSocketConnection) => ({ name: `fake for ${ws.path}` })
    expect(await ask(app, { overrides: [[db, fake]] })).toEqual({ user: 'ada of fake for /ws' })
    expect(await ask(app, { overrides: new Map([[db, fake]]) })).toEqual({ user: 'ada of fake for /ws' })
    expect(await ask(app, { overrides: [[() => 'of another route', fake]] })).toEqual({ user: 'ada of real' })
  })

  it('may use what they stand in for', async () => {
    const app = await build()
    const wrapped = dependency({ db }, (_ws, { db }) => ({ name: `${db.name}, wrapped` }))
    expect(await ask(app, { overrides: { db: wrapped } })).toEqual({ user: 'ada of real, wrapped' })
    expect(await ask(app, { overrides: [[db, wrapped]] })).toEqual({ user: 'ada of real, wrapped' })
  })

  it('may deny, and are disposed of, as any dependency', async () => {
    const app = await build()
    const denies = () => Promise.reject(new HttpDenial(503, 'The database is down'))
    await expect(ask(app, { overrides: { db: denies } })).rejects.toMatchObject({
      status: 503,
      detail: 'The database is down',
      stage: 'dependencies',
    })
    const disposed = Promise.withResolvers<void>()
    await ask(app, { overrides: { db: () => ({ name: 'fake', [Symbol.dispose]: disposed.resolve }) } })
    await disposed.promise
  })

  it('hold for connections of their own client alone, however many connect at once', async () => {
    const app = await build()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        ask(app, index % 2 === 0 ? {} : { overrides: { db: () => ({ name: `fake ${index}` }) } }),
      ),
    )
    expect(answers).toEqual(
      Array.from({ length: 20 }, (_, index) => ({ user: `ada of ${index % 2 === 0 ? 'real' : `fake ${index}`}` })),
    )
    expect(await ask(app, {})).toEqual({ user: 'ada of real' })
  })

  it('by a name that no dependency has deny the connection, and say so', async () => {
    const app = await build()
    const denial = await ask(app, { overrides: { bd: () => 'misspelt' } }).catch((error: unknown) => error)
    expect(denial).toBeInstanceOf(HandshakeDenied)
    expect(denial).toMatchObject({
      status: 500,
      cause: { message: "overrides: the route has no dependency 'bd'; there are user, db" },
    })
    await expect(
      WebSocketTestClient.connect(app, '/none', { transport, overrides: { db: () => 1 } }),
    ).rejects.toMatchObject({ cause: { message: "overrides: the route has no dependency 'db'; there are none" } })
  })

  it('that go round in a circle are refused', async () => {
    const app = await build()
    const circle = dependency({ user }, (_ws, { user }) => ({ name: user }))
    await expect(ask(app, { overrides: { db: circle } })).rejects.toMatchObject({
      status: 500,
      cause: { code: 'ERR_INVALID_OPTION', message: "the dependency 'user' uses itself" },
    })
  })

  it('reach the routes of an api without an app', async () => {
    const api = createApi({ depends: { db } }).websocket('/ws', tell)
    await using ws = await WebSocketTestClient.connect(api, '/ws', { transport, overrides: { db: () => 'fake' } })
    expect(await ws.receiveJson()).toEqual({ db: 'fake' })
  })
})

it.each([5, 'db', { db: 5 }, { db: { depends: {}, resolve: () => 1 } }, [[db]], [[db, 5]], [['db', db]], [db]])(
  'option overrides is refused as %j',
  (overrides) => {
    expect(() => new WebSocketTestClient(createApi(), '/ws', { overrides: overrides as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  },
)
