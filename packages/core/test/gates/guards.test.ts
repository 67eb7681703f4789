import { allowAny, guard, hasPermission, isAdminUser, isAuthenticated, isStaff, jwtAuthentication } from '@sluice/auth'
import sluice, { createApi, createDenial, type Guard, HttpDenial, type SluiceOptions } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bearer, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, inBoth, knock, type Peer } from './support/gate.ts'

type Note = (call: string) => void

function answering(note: Note, name: string, answer: () => unknown): Guard {
  const check = () => {
    note(name)
    return answer() as boolean
  }
  return { name, check }
}

describe('in both transports, byte for byte', () => {
  it('GD-01 the first refusal decides: no later guard is asked, and no handler runs', async () => {
    const gate = (note: Note): Gate => ({
      route: {
        guards: [
          answering(note, 'one', () => true),
          answering(note, 'two', async () => false),
          answering(note, 'three', () => true),
        ],
      },
    })
    const { result, calls } = await inBoth(gate, (site) => site.knock())
    expect(result).toMatchObject({ status: 403, body: '{"detail":"Permission denied","code":"ERR_PERMISSION_DENIED"}' })
    expect(calls).toEqual(['one', 'two', 'denied: guards'])
  })

  it('GD-01 onConnect never runs behind a refusal either', async () => {
    const gate = (note: Note): Gate => ({
      declare(app) {
        const guards = [answering(note, 'guard', () => false)]
        const hook = (name: string) => () => note(name)
        app.api.websocket('/callbacks', { guards, onConnect: hook('onConnect'), onDisconnect: hook('onDisconnect') })
      },
    })
    const { calls } = await inBoth(gate, (site) => site.knock({ target: '/callbacks' }))
    expect(calls).toEqual(['guard', 'denied: guards'])
  })

  it.each<[name: string, answer: () => unknown, status: number]>([
    ['true', () => true, 101],
    ['a promise of true', async () => true, 101],
    ['false', () => false, 403],
    ['a promise of false', async () => false, 403],
    ['undefined', () => undefined, 403],
    ['null', () => null, 403],
    ['1', () => 1, 403],
    ['a text', () => 'true', 403],
    ['an object', () => ({}), 403],
    ['{ allow: true }', () => ({ allow: true }), 403],
    ['a list', () => [true], 403],
    ['a function', () => () => true, 403],
    ['a promise of a text', async () => 'true', 403],
    ['a promise of a promise of nothing', async () => Promise.resolve(undefined), 403],
  ])('GD-02 only true allows: %s', async (_name, answer, status) => {
    const gate = (note: Note): Gate => ({ route: { guards: [answering(note, 'guard', answer)] } })
    const { result, calls } = await inBoth(gate, (site) => site.knock())
    expect(result.status).toBe(status)
    expect(calls).toEqual(['guard', status === 101 ? 'handler' : 'denied: guards'])
  })

  it.each<[name: string, answer: () => unknown, status: number, detail: string]>([
    ['an error', () => fail(new Error('secret')), 500, 'Internal server error'],
    ['null', () => fail(null), 500, 'Internal server error'],
    ['a text', () => fail('secret'), 500, 'Internal server error'],
    ['later', () => Promise.reject(new Error('secret')), 500, 'Internal server error'],
    ['nothing, later', () => Promise.reject(undefined), 500, 'Internal server error'],
    ['a status', () => fail(new HttpDenial(402, 'Pay first')), 402, 'Pay first'],
    ['an error of Fastify', () => fail(Object.assign(new Error('No tea'), { statusCode: 418 })), 418, 'No tea'],
    [
      'an error of Fastify above 500',
      () => fail(Object.assign(new Error('secret'), { statusCode: 502 })),
      502,
      'Bad Gateway',
    ],
  ])('GD-03 a guard that throws %s denies', async (_name, answer, status, detail) => {
    const gate = (note: Note): Gate => ({ route: { guards: [answering(note, 'guard', answer)] } })
    const { result, calls } = await inBoth(gate, (site) => site.knock())
    expect(result.status).toBe(status)
    expect(JSON.parse(result.body).detail).toBe(detail)
    expect(result.body).not.toContain('secret')
    expect(calls).toEqual(['guard', 'denied: guards'])
  })

  it('GD-03 the error of a guard is in the log, whole', async () => {
    const gate: Gate = { route: { guards: [guard(() => fail(new Error('the database is down')))] } }
    const { result } = await inBoth(gate, async (site) => {
      await site.knock()
      return site.log
        .map((line) => JSON.parse(line))
        .filter(({ level }) => level === 50)
        .map(({ err }) => err.message)
    })
    expect(result).toEqual(['the database is down'])
  })

  it.each([
    ['isAuthenticated', isAuthenticated()],
    ['isAdminUser', isAdminUser()],
    ['isStaff', isStaff()],
    ['hasPermission', hasPermission('write')],
  ])('GD-04 %s asks nobody to say who he is, with 401 and not 403', async (_name, wanted) => {
    const gate: Gate = { route: { auth: [nameBackend()], guards: [wanted] } }
    expect(await knock(gate)).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Name' } })
    expect(await knock({ route: { guards: [wanted] } })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
  })

  it('GD-04 isAuthenticated wants a user: a token without a subject is not one', async () => {
    const gate: Gate = { route: { auth: [jwtAuthentication({ secret: SECRET })], guards: [isAuthenticated()] } }
    expect((await knock(gate, { headers: bearer(tokenOf({ is_superuser: true })) })).status).toBe(401)
  })

  it.each([
    ['no token, bad param', {}, 'x', 401],
    ['no token, good param', {}, '7', 401],
    ['token, bad param', { 'x-user': 'ada' }, 'x', 422],
    ['token, good param', { 'x-user': 'ada' }, '7', 101],
  ])('GD-07 a stranger learns nothing of the params: %s', async (_name, headers, id, status) => {
    const guards = [isAuthenticated(), guard(({ params }) => params.id === 7)]
    const gate: Gate = { path: '/ws/{id:int}', route: { auth: [nameBackend()], guards } }
    const peer: Peer = { target: `/ws/${id}`, headers }
    const answer = await knock(gate, peer)
    expect(answer.status).toBe(status)
    if (status === 401) expect(answer.body).not.toMatch(/path|int|id/)
  })

  it('a denial of a guard is told as it is, with its headers', async () => {
    const denial = createDenial('ERR_HANDLER_DENIED', {
      status: 402,
      detail: { price: 5 },
      headers: { 'x-price': '5' },
    })
    expect(await knock({ route: { guards: [guard(() => denial)] } })).toMatchObject({
      status: 402,
      headers: { 'x-price': '5' },
      body: '{"detail":{"price":5},"code":"ERR_HANDLER_DENIED"}',
    })
  })
})

describe('GD-05 guards of the app, of an api and of a route', () => {
  const no = guard(() => false)
  const yes = guard(() => true)

  it.each([
    ['the app refuses', [no], [yes], [yes], 403],
    ['the api refuses', [yes], [no], [yes], 403],
    ['the route refuses', [yes], [yes], [no], 403],
    ['the app refuses, the others are empty', [no], [], [], 403],
    ['the api refuses, the others are empty', [], [no], [], 403],
    ['allowAny of the route ends its own list alone', [no], [yes], [allowAny(), no], 403],
    ['allowAny of the app ends its own list alone', [allowAny(), no], [], [no], 403],
    ['allowAny of each', [allowAny(), no], [allowAny(), no], [allowAny(), no], 101],
    ['all allow', [yes], [yes], [yes], 101],
    ['none', [], [], [], 101],
  ])('add up: %s', async (_name, ofApp, ofApi, ofRoute, status) => {
    const { app, open } = await nested({ guards: ofApp }, { guards: ofApi }, { guards: ofRoute })
    const outcome = await open().then(
      async (ws) => {
        await ws.close()
        return 101
      },
      (error) => error.status,
    )
    expect(outcome).toBe(status)
    expect(app.api.connections.size).toBe(0)
  })

  it('are asked from the outside in, and backends add up as well', async () => {
    const calls: string[] = []
    const noting = (name: string) =>
      answering(
        (call) => calls.push(call),
        name,
        () => true,
      )
    const { open } = await nested(
      { auth: [nameBackend((call) => calls.push(`app: ${call}`))], guards: [noting('app')] },
      { auth: [jwtAuthentication({ secret: SECRET })], guards: [noting('api'), noting('api again')] },
      { auth: [nameBackend((call) => calls.push(`route: ${call}`))], guards: [isAuthenticated(), noting('route')] },
    )
    const ws = await open({ headers: { 'x-user': 'ada' } })
    await ws.close()
    expect(calls).toEqual(['app: authenticate', 'app', 'api', 'api again', 'route'])
  })

  async function nested(ofApp: SluiceOptions, ofApi: SluiceOptions, ofRoute: SluiceOptions) {
    const app = Fastify()
    onTestFinished(() => app.close())
    await app.register(sluice, ofApp)
    const api = createApi(ofApi)
    api.websocket('/ws', ofRoute, async (ws) => {
      await ws.accept()
      await ws.closed
    })
    await app.register(api, { prefix: '/v1' })
    const open = (options: Peer = {}) => WebSocketTestClient.connect(app, '/v1/ws', { transport: 'socket', ...options })
    return { app, open }
  }
})

describe('GD-08 a slip of the pen', () => {
  it.each(['gaurds', 'guard', 'auht', 'allowedOrigin', 'orgins', 'ratelimit', 'Guards'])(
    '%s throws, everywhere',
    async (name) => {
      const slip = { [name]: [] } as SluiceOptions
      const unknown = expect.objectContaining({
        code: 'ERR_UNKNOWN_OPTION',
        message: expect.stringContaining(`'${name}'`),
      })
      const app = Fastify()
      onTestFinished(() => app.close())
      await app.register(sluice)
      expect(() => app.api.websocket('/ws', slip, (ws) => ws.accept())).toThrow(unknown)
      expect(() => createApi(slip)).toThrow(unknown)
      await expect(Fastify().register(sluice, slip).ready()).rejects.toEqual(unknown)
      expect(() => jwtAuthentication({ secret: SECRET, [name]: [] })).toThrow(unknown)
    },
  )

  it('a guard that was not called throws', () => {
    expect(() => createApi({ guards: [isAuthenticated as never] })).toThrow(/guards\[0\]/)
    expect(() => createApi({ auth: [jwtAuthentication as never] })).toThrow(/auth\[0\]/)
    // @ts-expect-error: there is no such option
    expect(() => createApi({ gaurds: [] })).toThrow(/gaurds/)
  })
})

function fail(error: unknown): never {
  throw error
}
