import { guard } from '@sluice/auth'
import { HttpDenial, type RateStore, type RouteOptions } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { nameBackend } from './support/credentials.ts'
import { type Gate, inBoth, type Peer } from './support/gate.ts'

/** Every stage that can be seen from outside, each noting that it was asked. */
function everyStage(note: (call: string) => void, route: RouteOptions = {}): Gate {
  return {
    path: '/ws/{id:int}',
    plugin: { rateStore: notingStore(note) },
    route: {
      allowedOrigins: (origin) => {
        note('origin')
        return origin === 'https://app.example'
      },
      rateLimit: { rps: 1, burst: 2 },
      auth: [nameBackend(note)],
      guards: [
        guard(() => {
          note('first guard')
          return true
        }),
        guard(({ auth }) => {
          note('second guard')
          return auth?.userId === 'ada'
        }),
        guard(({ params }) => {
          note(`third guard sees ${JSON.stringify(params)}`)
          return true
        }),
      ],
      ...route,
    },
  }
}

/** Two tokens, and none after. */
function notingStore(note: (call: string) => void): RateStore {
  let tokens = 2
  return {
    take() {
      note('rate token')
      return tokens-- > 0 ? { isAllowed: true, retryAfter: 0 } : { isAllowed: false, retryAfter: 1_000 }
    },
    peek: () => ({ isAllowed: true, retryAfter: 0 }),
  }
}

const HOME = 'https://app.example'
const ada: Peer = { target: '/ws/7', origin: HOME, headers: { 'x-user': 'ada' } }
const GUARDS = ['first guard', 'second guard']

describe('the order of the stages, by what each peer made happen', () => {
  it('everything is asked once, from the cheapest to the dearest, then the handler runs', async () => {
    const { result, calls } = await inBoth(everyStage, (site) => site.knock(ada))
    expect(result).toMatchObject({ status: 101, body: '{"userId":"ada","params":{"id":7}}' })
    expect(calls).toEqual(['origin', 'rate token', 'authenticate', ...GUARDS, 'third guard sees {"id":7}', 'handler'])
  })

  it('what is no upgrade asks nobody', async () => {
    const peer = { ...ada, headers: { ...ada.headers, 'sec-websocket-version': '12' } }
    const { calls } = await inBoth(everyStage, (site) => site.knock(peer))
    expect(calls).toEqual(['denied: upgrade'])
  })

  it('a draining server asks nobody', async () => {
    const { calls } = await inBoth(everyStage, async (site) => {
      await site.app.ready()
      await site.app.api.drain()
      return site.knock(ada)
    })
    expect(calls).toEqual(['denied: draining'])
  })

  it('OR-13 a foreign origin consumes no rate token', async () => {
    const { result, calls } = await inBoth(everyStage, async (site) => {
      for (let attempt = 0; attempt < 5; attempt++) await site.knock({ ...ada, origin: 'https://evil.example' })
      return [await site.knock(ada), await site.knock(ada), await site.knock(ada)].map(({ status }) => status)
    })
    expect(result).toEqual([101, 101, 429])
    expect(calls.slice(0, 10)).toEqual(Array.from({ length: 5 }, () => ['origin', 'denied: origin']).flat())
  })

  it('a rate-limited request never reaches an auth backend', async () => {
    const { calls } = await inBoth(everyStage, async (site) => {
      await site.knock(ada)
      await site.knock(ada)
      site.calls.length = 0
      return site.knock(ada)
    })
    expect(calls).toEqual(['origin', 'rate token', 'denied: rateLimit'])
  })

  it('a full server never reaches an auth backend', async () => {
    const gate = (note: (call: string) => void): Gate => ({
      ...everyStage(note, { maxConnections: 1 }),
      async handler(ws) {
        await ws.accept()
        await ws.closed
      },
    })
    const { calls } = await inBoth(gate, async (site) => {
      await using _first = await site.open(ada)
      site.calls.length = 0
      return site.knock(ada)
    })
    expect(calls).toEqual(['origin', 'rate token', 'denied: capacity'])
  })

  it('GD-01 a failed auth never evaluates a guard', async () => {
    const peer = { ...ada, target: '/ws/not-a-number', headers: { 'x-user': 'wrong' } }
    const { result, calls } = await inBoth(everyStage, (site) => site.knock(peer))
    expect(result.status).toBe(401)
    expect(calls).toEqual(['origin', 'rate token', 'authenticate', 'denied: authentication'])
  })

  it('a user who has too many connections never meets a guard', async () => {
    const gate = (note: (call: string) => void): Gate => ({
      ...everyStage(note, { maxConnectionsPerUser: 1 }),
      async handler(ws) {
        await ws.accept()
        await ws.closed
      },
    })
    const { calls } = await inBoth(gate, async (site) => {
      await using _first = await site.open(ada)
      site.calls.length = 0
      return site.knock(ada)
    })
    expect(calls).toEqual(['origin', 'rate token', 'authenticate', 'denied: userCapacity'])
  })

  it('GD-07 a refused guard never reports a coercion error and never runs the handler', async () => {
    const peer = { ...ada, target: '/ws/not-a-number', headers: { 'x-user': 'bob' } }
    const { result, calls } = await inBoth(everyStage, (site) => site.knock(peer))
    expect(result).toMatchObject({ status: 403, body: '{"detail":"Permission denied","code":"ERR_PERMISSION_DENIED"}' })
    expect(calls).toEqual(['origin', 'rate token', 'authenticate', ...GUARDS, 'denied: guards'])
  })

  it('GD-07 a guard that reads a param which cannot be coerced ends with the same 422 as coercion itself', async () => {
    const peer = { ...ada, target: '/ws/not-a-number' }
    const guarded = await inBoth(everyStage, (site) => site.knock(peer))
    const bare = await inBoth({ path: '/ws/{id:int}' }, (site) => site.knock({ target: '/ws/not-a-number' }))
    expect(guarded.calls).toEqual(['origin', 'rate token', 'authenticate', ...GUARDS, 'denied: guards'])
    expect(bare.calls).toEqual(['denied: coercion'])
    expect(guarded.result).toEqual(bare.result)
    expect(bare.result.status).toBe(422)
  })

  it('a param which cannot be coerced never runs the handler, and comes before the subprotocol', async () => {
    const gate: Gate = { path: '/ws/{id:int}', route: { subprotocols: ['chat'], requireSubprotocol: true } }
    const { calls } = await inBoth(gate, async (site) => {
      await site.knock({ target: '/ws/not-a-number' })
      await site.knock({ target: '/ws/7' })
      await site.knock({ target: '/ws/7', subprotocols: ['chat'] })
    })
    expect(calls).toEqual(['denied: coercion', 'denied: subprotocol', 'handler'])
  })

  it('a handler that denies comes last', async () => {
    const gate = (note: (call: string) => void): Gate => ({
      ...everyStage(note),
      handler: () => Promise.reject(new HttpDenial(410)),
    })
    const { result, calls } = await inBoth(gate, (site) => site.knock(ada))
    expect(result.status).toBe(410)
    expect(calls.slice(-2)).toEqual(['handler', 'denied: handler'])
  })

  it('credentials that come as the first message put what needs them off, and nothing else', async () => {
    const gate = (note: (call: string) => void): Gate => {
      const { authenticate, ...backend } = nameBackend(note)
      const byMessage = {
        ...backend,
        firstMessage: { timeout: 1_000 },
        authenticate: () => ({ kind: 'none' }) as const,
        authenticateToken: (token: string, request: Parameters<typeof authenticate>[0], clock: never) =>
          authenticate({ ...request, headers: { 'x-user': token } }, clock),
      }
      return everyStage(note, { auth: [byMessage] })
    }
    const { calls } = await inBoth(gate, async (site) => {
      await site.knock({ target: '/ws/not-a-number', origin: HOME })
      await using ws = await site.open({ target: '/ws/7', origin: HOME })
      await ws.ping()
      site.calls.push('the client sends its token')
      await ws.sendJson({ type: 'auth', token: 'ada' })
      return await ws.receiveText()
    })
    expect(calls).toEqual([
      'origin',
      'rate token',
      'denied: coercion',
      'origin',
      'rate token',
      'the client sends its token',
      'authenticate',
      ...GUARDS,
      'third guard sees {"id":7}',
      'handler',
    ])
  })
})
