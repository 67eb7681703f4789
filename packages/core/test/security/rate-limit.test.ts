import { describe, expect, it } from 'vitest'
import { MemoryRateStore } from '../../src/security/memory-rate-store.ts'
import { createKeyOf, type RateKey } from '../../src/security/rate-key.ts'
import { createRateLimitStage } from '../../src/security/rate-limit.ts'
import { resolveRateLimit } from '../../src/security/rate-limit-options.ts'
import { RateLimiter, type RateLimiterOptions } from '../../src/security/rate-limiter.ts'
import type { RateDecision, RateStore } from '../../src/security/rate-store.ts'
import type { Verdict } from '../../src/security/stage.ts'
import { authContext, handshake, ManualClock, recordingLog, upgradeRequest } from './fixtures.ts'

function setUp(overrides: Partial<RateLimiterOptions> = {}) {
  const clock = new ManualClock()
  const log = recordingLog()
  const limiter = new RateLimiter({
    store: new MemoryRateStore(clock),
    rate: { rps: 1, burst: 2 },
    scope: '/ws/chat',
    onStoreError: 'allow',
    clock,
    log,
    ...overrides,
  })
  return { clock, log, limiter }
}

function limitStage(limiter: RateLimiter, key: RateKey = 'ip') {
  return createRateLimitStage([{ limiter, keyOf: createKeyOf(key, 64) }])
}

function from(ip: string, headers: Record<string, string> = {}) {
  return handshake({ request: upgradeRequest({ ip, headers }) })
}

describe('the rate limit stage', () => {
  it('RL-01 allows the burst, then denies with 429 and the time to wait', () => {
    const { limiter, clock } = setUp()
    const stage = limitStage(limiter)
    expect(stage(from('192.0.2.1'))).toEqual({ ok: true })
    expect(stage(from('192.0.2.1'))).toEqual({ ok: true })
    expect(stage(from('192.0.2.1'))).toMatchObject({
      ok: false,
      denial: {
        status: 429,
        detail: 'Rate limit exceeded',
        headers: { 'Retry-After': '1', 'X-RateLimit-Limit': '1', 'X-RateLimit-Burst': '2' },
      },
    })
    expect(stage(from('192.0.2.2'))).toEqual({ ok: true })
    clock.advance(1_000)
    expect(stage(from('192.0.2.1'))).toEqual({ ok: true })
  })

  it.each([
    [0.1, '10'],
    [0.3, '4'],
    [50, '1'],
  ])('RL-01 says Retry-After in whole seconds: rps %s, %s', (rps, seconds) => {
    const { limiter } = setUp({ rate: { rps, burst: 1 } })
    limiter.take('a')
    expect(limiter.take('a')).toMatchObject({ denial: { headers: { 'Retry-After': seconds } } })
  })

  it('answers at once with the store of this process', () => {
    const { limiter } = setUp()
    expect(limitStage(limiter)(from('192.0.2.1'))).not.toBeInstanceOf(Promise)
  })

  it('RL-02 ignores X-Forwarded-For: the address is what trustProxy decided', () => {
    const { limiter } = setUp()
    const stage = limitStage(limiter)
    const verdicts = Array.from({ length: 100 }, (_, index) =>
      stage(from('192.0.2.1', { 'x-forwarded-for': `198.51.100.${index}` })),
    )
    expect(verdicts.filter((verdict) => 'ok' in verdict && verdict.ok)).toHaveLength(2)
  })

  it('RL-10 stays exact under many handshakes at once', async () => {
    const { limiter } = setUp({ rate: { rps: 1, burst: 50 } })
    const stage = limitStage(limiter)
    const verdicts = await Promise.all(Array.from({ length: 200 }, async () => stage(from('192.0.2.1'))))
    expect(verdicts.filter((verdict) => verdict.ok)).toHaveLength(50)
  })

  it('stacks the limits of the app and of the route', async () => {
    const { limiter: app, clock, log } = setUp({ scope: 'app', rate: { rps: 1, burst: 3 } })
    const store = new MemoryRateStore(clock)
    const routeLimit = (scope: string) =>
      new RateLimiter({ store, rate: { rps: 1, burst: 2 }, scope, onStoreError: 'allow', clock, log })
    const keyOf = createKeyOf('ip', 64)
    const stageOf = (scope: string) =>
      createRateLimitStage([
        { limiter: app, keyOf },
        { limiter: routeLimit(scope), keyOf },
      ])
    const [one, two] = [stageOf('/one'), stageOf('/two')]
    const results = [one, one, one, two].map((stage) => (stage(from('192.0.2.1')) as Verdict).ok)
    expect(results).toEqual([true, true, false, false])
  })

  it('stacks limits whose store answers later', async () => {
    const { limiter: near } = setUp({ rate: { rps: 1, burst: 1 } })
    const { limiter: far } = setUp({ store: asynchronous({ isAllowed: true, retryAfter: 0 }) })
    const keyOf = createKeyOf('ip', 64)
    const stage = createRateLimitStage([
      { limiter: far, keyOf },
      { limiter: near, keyOf },
    ])
    expect(await stage(from('192.0.2.1'))).toEqual({ ok: true })
    expect(await stage(from('192.0.2.1'))).toMatchObject({ ok: false })
  })
})

describe('keys', () => {
  it('counts by user, and anonymous peers by address', () => {
    const keyOf = createKeyOf('user', 64)
    const ada = handshake()
    ada.auth = authContext({ userId: 'ada' })
    const nobody = handshake()
    nobody.auth = authContext({ userId: null })
    expect(keyOf(ada)).toBe('user:ada')
    expect(keyOf(nobody)).toBe('ip:192.0.2.1')
    expect(keyOf(handshake())).toBe('ip:192.0.2.1')
  })

  it('counts by header, and by address where it is missing', () => {
    const keyOf = createKeyOf('header:X-Client', 64)
    expect(keyOf(from('192.0.2.1', { 'x-client': 'a' }))).toBe('header:a')
    expect(keyOf(from('192.0.2.1'))).toBe('ip:192.0.2.1')
  })

  it('RL-13 cannot be made to collide', () => {
    const keys = [
      createKeyOf('ip', 64)(from('192.0.2.1')),
      createKeyOf('header:x', 64)(from('', { x: 'ip:192.0.2.1' })),
      createKeyOf(() => 'ip:192.0.2.1', 64)(handshake()),
      createKeyOf(() => '192.0.2.1', 64)(handshake()),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('RL-13 keeps scope and key apart', () => {
    const store = new MemoryRateStore(new ManualClock())
    const { limiter: one } = setUp({ store, scope: 'a:b', rate: { rps: 1, burst: 1 } })
    const { limiter: other } = setUp({ store, scope: 'a', rate: { rps: 1, burst: 1 } })
    expect(one.take('c')).toEqual({ ok: true })
    expect(other.take('b:c')).toEqual({ ok: true })
  })

  it('RL-13 denies a key that is too long with 400', () => {
    const { limiter } = setUp()
    const stage = limitStage(limiter, 'header:x-client')
    expect(stage(from('192.0.2.1', { 'x-client': 'a'.repeat(256) }))).toEqual({ ok: true })
    expect(stage(from('192.0.2.1', { 'x-client': 'a'.repeat(257) }))).toMatchObject({ denial: { status: 400 } })
  })

  it.each([undefined, null, 5, {}, Promise.resolve('a')])('throws when a key function returns %j', (key) => {
    expect(() => createKeyOf((() => key) as never, 64)(handshake())).toThrow(TypeError)
  })
})

function asynchronous(decision: unknown): RateStore {
  return { take: async () => decision as RateDecision, peek: async () => decision as RateDecision }
}

describe('a store that fails', () => {
  const broken: [string, RateStore][] = [
    ['throws', { take: fail, peek: fail }],
    ['rejects', { take: async () => fail(), peek: async () => fail() }],
    ['answers undefined', asynchronous(undefined)],
    ['answers a string', asynchronous('yes')],
    ['answers a number', asynchronous(1)],
    ['answers NaN', asynchronous({ isAllowed: false, retryAfter: Number.NaN })],
    ['answers a truthy word', asynchronous({ isAllowed: 'true', retryAfter: 0 })],
  ]

  function fail(): never {
    throw new Error('ECONNREFUSED')
  }

  it.each(broken)('RL-09 %s: open by default, closed by option', async (_name, store) => {
    expect(await setUp({ store }).limiter.take('a')).toEqual({ ok: true })
    const closed = setUp({ store, onStoreError: 'deny' })
    expect(await closed.limiter.peek('a')).toMatchObject({ denial: { status: 503, headers: { 'Retry-After': '1' } } })
  })

  it('RL-09 is not waited for', async () => {
    const silent: RateStore = { take: () => new Promise(() => {}), peek: () => new Promise(() => {}) }
    const { limiter, clock } = setUp({ store: silent, onStoreError: 'deny' })
    const verdict = limiter.take('a')
    clock.advance(250)
    expect(await verdict).toMatchObject({ denial: { code: 'ERR_UNAVAILABLE' } })
    expect(clock.timers).toBe(0)
  })

  it('RL-09 is logged once a window, with a count', async () => {
    const { limiter, clock, log } = setUp({ store: { take: fail, peek: fail } })
    for (let attempt = 0; attempt < 1_000; attempt++) await limiter.take('a')
    expect(log.lines).toHaveLength(1)
    clock.advance(10_000)
    await limiter.take('a')
    expect(log.lines.map((line) => line.fields.suppressed)).toEqual([0, 999])
  })

  it('RL-09 leaves no timer when the store answers', async () => {
    const { limiter, clock } = setUp({ store: asynchronous({ isAllowed: true, retryAfter: 0 }) })
    expect(await limiter.take('a')).toEqual({ ok: true })
    expect(clock.timers).toBe(0)
  })
})

describe('resolveRateLimit', () => {
  it.each([
    [{ rps: 5 }, 5],
    [{ rps: 0.2 }, 1],
    [{ rps: 1, burst: 7 }, 7],
  ])('fills in the burst of %j: %s', (given, burst) => {
    expect(resolveRateLimit(given)).toMatchObject({ burst, key: 'ip', ipv6Prefix: 64, onStoreError: 'allow' })
  })

  it.each([
    [undefined, 'rateLimit'],
    [5, 'rateLimit'],
    [true, 'rateLimit'],
    [{}, 'rateLimit.rps'],
    [{ rps: 0 }, 'rateLimit.rps'],
    [{ rps: -1 }, 'rateLimit.rps'],
    [{ rps: Number.NaN }, 'rateLimit.rps'],
    [{ rps: Infinity }, 'rateLimit.rps'],
    [{ rps: '5' }, 'rateLimit.rps'],
    [{ rps: 5, burst: 0 }, 'rateLimit.burst'],
    [{ rps: 5, burst: 0.5 }, 'rateLimit.burst'],
    [{ rps: 5, burst: '9' }, 'rateLimit.burst'],
    [{ rps: 5, key: 'address' }, 'rateLimit.key'],
    [{ rps: 5, key: 'header:' }, 'rateLimit.key'],
    [{ rps: 5, key: 'header:a b' }, 'rateLimit.key'],
    [{ rps: 5, key: 'header:a\r\nb' }, 'rateLimit.key'],
    [{ rps: 5, ipv6Prefix: 0 }, 'rateLimit.ipv6Prefix'],
    [{ rps: 5, ipv6Prefix: 129 }, 'rateLimit.ipv6Prefix'],
    [{ rps: 5, onStoreError: 'open' }, 'rateLimit.onStoreError'],
    [{ rps: 5, brust: 9 }, 'rateLimit.brust'],
  ])('GD-08 refuses %j and names %s', (given, name) => {
    expect(() => resolveRateLimit(given)).toThrow(
      expect.objectContaining({ name: 'SluiceError', message: expect.stringContaining(name) }),
    )
  })
})
