import { guard } from '@sluice/auth'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { HttpDenial, type RouteOptions, WebSocketClose, type WebSocketConnection } from '../../src/index.ts'
import { asMessage, conversingGate } from '../gates/support/conversing.ts'
import { nameBackend, tokenOf } from '../gates/support/credentials.ts'
import { type Gate, inBoth, openGate } from '../gates/support/gate.ts'
import { serve } from '../support/site.ts'
import { upgradeRequest } from '../support/upgrade-request.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

type Resolve = (ws: WebSocketConnection) => unknown

/** The last of two dependencies does this. */
function gateOf(resolve: Resolve, route: RouteOptions = {}): Gate {
  return { route: { depends: { first: () => 1, second: resolve }, ...route } }
}

const raise = (error: unknown) => () => {
  throw error
}

const never = () => new Promise<never>(() => {})

const DENIALS: readonly [name: string, resolve: Resolve, status: number, detail: unknown][] = [
  ['an HttpDenial', raise(new HttpDenial(402, 'Pay first')), 402, 'Pay first'],
  ['an HttpDenial with a value', raise(new HttpDenial(404, { item: 7 })), 404, { item: 7 }],
  ['an error of Fastify', raise(Object.assign(new Error('No such item'), { statusCode: 404 })), 404, 'No such item'],
  ['a WebSocketClose', raise(new WebSocketClose(1008, 'Not you')), 403, 'Not you'],
  ['any other error', raise(new Error('postgres://user:hunter2@db')), 500, 'Internal server error'],
  ['a value that is no error', raise('hunter2'), 500, 'Internal server error'],
  ['ws.deny', (ws) => ws.deny({ status: 409, body: { detail: 'Later' } }), 409, 'Later'],
  ['ws.close', (ws) => ws.close(1013, 'Full'), 503, 'Full'],
]

describe('a dependency that denies', () => {
  it.each(DENIALS)('with %s answers before the 101, in both transports', async (_, resolve, status, detail) => {
    for (const given of [resolve, async (ws: WebSocketConnection) => await resolve(ws)]) {
      const { result, calls } = await inBoth(gateOf(given), (site) => site.knock())
      expect(result.status).toBe(status)
      expect(JSON.parse(result.body)).toMatchObject({ detail })
      expect(calls).toEqual(['denied: dependencies'])
    }
  })

  it('is told by a close code where the route says so', async () => {
    const { result, calls } = await inBoth(
      gateOf(raise(new HttpDenial(403, 'Not yours')), { denial: 'close' }),
      (site) => site.knock(),
    )
    expect(result).toMatchObject({ status: 101, close: { code: 4403, reason: 'Not yours' } })
    expect(calls).toEqual(['denied: dependencies'])
  })

  it('is answered by the error handler of the app, where it has one', async () => {
    const gate: Gate = {
      ...gateOf(raise(new Error('hunter2'))),
      server: {},
      declare: (app) => app.setErrorHandler((_error, _request, reply) => reply.code(418).send('short and stout')),
    }
    const { result, calls } = await inBoth(gate, (site) => site.knock())
    expect(result).toMatchObject({ status: 418, body: 'short and stout' })
    expect(calls).toEqual(['denied: dependencies'])
  })

  it('is logged with its name only if the error is a surprise', async () => {
    const surprise = await openGate(gateOf(raise(new Error('hunter2'))))
    const denial = await openGate(gateOf(raise(new HttpDenial(503, 'closed'))))
    for (const site of [surprise, denial]) await site.knock()
    const linesOf = (log: readonly string[]) => log.filter((line) => line.includes('WebSocket dependency failed'))
    expect(linesOf(surprise.log).map((line) => JSON.parse(line))).toMatchObject([{ level: 50, dependency: 'second' }])
    expect(surprise.app.api.stats()).toMatchObject({ denied: 1, handlerErrors: 1 })
    expect(linesOf(denial.log)).toEqual([])
    expect(denial.app.api.stats()).toMatchObject({ denied: 1, handlerErrors: 0 })
  })

  it('tells a test what was thrown', async () => {
    const error = new Error('hunter2')
    const site = await openGate(gateOf(raise(error)))
    await expect(site.open()).rejects.toMatchObject({ status: 500, stage: 'dependencies', cause: error })
  })

  it('denies at once, and what others do then is nobody’s business', async () => {
    const late = Promise.withResolvers<void>()
    const settled = Promise.withResolvers<void>()
    const slow = async () => {
      try {
        await late.promise
      } finally {
        settled.resolve()
      }
    }
    const site = await openGate(
      gateOf(raise(new HttpDenial(402)), { depends: { slow, fast: raise(new HttpDenial(402)) } }),
    )
    expect((await site.knock()).status).toBe(402)
    late.reject(new Error('connection reset'))
    await settled.promise
    await new Promise(setImmediate)
    expect(site.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    expect(site.log.some((line) => line.includes('WebSocket dependency failed too late'))).toBe(true)
  })
})

describe('a dependency and the handshake', () => {
  it('HS-22 gives back the places that the handshake took', async () => {
    const { result } = await inBoth(gateOf(raise(new HttpDenial(402)), { maxConnections: 1 }), async (site) => {
      const statuses: number[] = []
      for (let attempt = 0; attempt < 20; attempt++) statuses.push((await site.knock()).status)
      return statuses
    })
    expect(new Set(result)).toEqual(new Set([402]))
  })

  it('runs after every stage: a refused guard, a wrong param and a missing subprotocol never run one', async () => {
    const gate = (note: (call: string) => void): Gate => ({
      path: '/ws/{id:int}',
      route: {
        auth: [nameBackend()],
        guards: [guard(({ auth }) => auth?.userId === 'ada')],
        subprotocols: ['chat'],
        requireSubprotocol: true,
        depends: { noting: () => note('dependency') },
      },
    })
    const peers = [
      [{ 'x-user': 'bob' }, '/ws/7', ['chat'], 403],
      [{ 'x-user': 'bob' }, '/ws/seven', ['chat'], 403],
      [{ 'x-user': 'ada' }, '/ws/seven', ['chat'], 422],
      [{ 'x-user': 'ada' }, '/ws/7', [], 400],
      [{ 'x-user': 'ada' }, '/ws/7', ['chat'], 101],
    ] as const
    const { calls } = await inBoth(gate, async (site) => {
      for (const [headers, target, subprotocols, status] of peers) {
        expect((await site.knock({ headers, target, subprotocols })).status).toBe(status)
      }
    })
    expect(calls).toEqual([
      ...['guards', 'guards', 'coercion', 'subprotocol'].map((stage) => `denied: ${stage}`),
      'dependency',
      'handler',
    ])
  })

  it('may not accept', async () => {
    const site = await openGate(gateOf((ws) => ws.accept()))
    await expect(site.open()).rejects.toMatchObject({
      status: 500,
      stage: 'dependencies',
      cause: { code: 'ERR_INVALID_STATE', message: 'a dependency cannot accept: the handler does' },
    })
  })

  it('HS-12 is denied with 503 when the time is up', async () => {
    const { result, calls } = await inBoth(gateOf(never, { handshakeTimeout: 3_000 }), async (site) => {
      const answer = site.knock()
      await site.clock.timer(3_000)
      site.clock.advance(3_000)
      return answer
    })
    expect(result.status).toBe(503)
    expect(calls).toEqual(['denied: dependencies'])
  })

  it('HS-13 is abandoned when the peer leaves: its signal aborts, and the handler never runs', async () => {
    const begun = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<unknown>()
    const wait = async (ws: WebSocketConnection) => {
      ws.signal.addEventListener('abort', () => aborted.resolve(ws.signal.reason))
      begun.resolve()
      await aborted.promise
    }
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', { depends: { wait } }, () => Promise.reject(new Error('the handler ran'))),
    )
    const peer = await site.dial()
    peer.write(upgradeRequest({ path: '/ws' }))
    await begun.promise
    peer.destroy()
    expect(await aborted.promise).toMatchObject({ name: 'WebSocketDisconnect', code: 1006 })
    await new Promise(setImmediate)
    expect(site.app.api.stats()).toMatchObject({ accepted: 0, handlerErrors: 0 })
  })
})

describe('dependencies of a route with a first message', () => {
  const gate = (resolve: Resolve) =>
    conversingGate(['message'], { depends: { user: resolve }, handshakeTimeout: 3_000 })
  const token = asMessage(tokenOf({ sub: 'ada' }))

  it('wait for it, and know who is there', async () => {
    const seen: unknown[] = []
    const site = await openGate(gate((ws) => void seen.push(ws.auth?.userId)))
    await using ws = await site.open()
    await ws.ping()
    expect(seen).toEqual([])
    await ws.sendText(token)
    await ws.sendText('hello')
    expect(await ws.receiveText()).toBe('heard hello')
    expect(seen).toEqual(['ada'])
  })

  it.each([
    ['an HttpDenial', raise(new HttpDenial(403, 'Not yours')), 4403, 'Not yours', ['denied: dependencies']],
    ['a WebSocketClose', raise(new WebSocketClose(4000, 'Gone')), 4000, 'Gone', ['denied: dependencies']],
    ['any other error', raise(new Error('hunter2')), 1011, 'Internal server error', ['denied: dependencies']],
    ['ws.close', (ws: WebSocketConnection) => ws.close(4001, 'Moved'), 4001, 'Moved', []],
  ])('close with a code when one denies with %s', async (_, resolve, code, reason, calls) => {
    for (const given of [resolve, async (ws: WebSocketConnection) => resolve(ws)]) {
      const site = await openGate(gate(given))
      await using ws = await site.open({ raiseServerErrors: false })
      await ws.sendText(token)
      await expect(ws.receive()).rejects.toMatchObject({ code, reason })
      expect(site.calls).toEqual(calls)
    }
  })

  it('close with 4408 when the time is up', async () => {
    const site = await openGate(gate(never))
    await using ws = await site.open()
    await ws.sendText(token)
    await site.clock.timer(3_000)
    site.clock.advance(3_000)
    await expect(ws.receive()).rejects.toMatchObject({ code: 4408, reason: 'Handshake timed out' })
    expect(site.calls).toEqual(['denied: dependencies'])
  })
})
