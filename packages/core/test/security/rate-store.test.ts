import { createClient } from '@redis/client'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { MemoryRateStore } from '../../src/security/memory-rate-store.ts'
import { RateLimiter } from '../../src/security/rate-limiter.ts'
import type { RateStore } from '../../src/security/rate-store.ts'
import { createRedisRateStore } from '../../src/security/redis-rate-store.ts'
import { ManualClock, recordingLog } from './fixtures.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

const SLOW = { rps: 0.01, burst: 5 }

async function takeAll(store: RateStore, key: string, times: number): Promise<number> {
  const decisions = await Promise.all(Array.from({ length: times }, () => store.take(key, SLOW)))
  return decisions.filter((decision) => decision.isAllowed).length
}

describe('MemoryRateStore', () => {
  it('allows a burst at once, then one for each period', () => {
    const clock = new ManualClock()
    const store = new MemoryRateStore(clock)
    const rate = { rps: 1, burst: 2 }
    const take = () => store.take('a', rate).isAllowed
    expect([take(), take(), take()]).toEqual([true, true, false])
    clock.advance(999)
    expect(take()).toBe(false)
    clock.advance(1)
    expect([take(), take()]).toEqual([true, false])
    clock.advance(60_000)
    expect([take(), take(), take()]).toEqual([true, true, false])
  })

  it('RL-01 tells how long to wait', () => {
    const clock = new ManualClock()
    const store = new MemoryRateStore(clock)
    const rate = { rps: 0.1, burst: 1 }
    store.take('a', rate)
    expect(store.take('a', rate)).toEqual({ isAllowed: false, retryAfter: 10_000 })
    clock.advance(4_000)
    expect(store.take('a', rate)).toEqual({ isAllowed: false, retryAfter: 6_000 })
  })

  it('keeps the buckets of different keys apart', () => {
    const store = new MemoryRateStore(new ManualClock())
    const rate = { rps: 1, burst: 1 }
    expect([store.take('a', rate), store.take('b', rate), store.take('a', rate)].map((each) => each.isAllowed)).toEqual(
      [true, true, false],
    )
  })

  it('peeks without taking', () => {
    const store = new MemoryRateStore(new ManualClock())
    const rate = { rps: 1, burst: 1 }
    expect(store.peek('a', rate).isAllowed).toBe(true)
    expect(store.size).toBe(0)
    expect(store.take('a', rate).isAllowed).toBe(true)
    expect(store.peek('a', rate).isAllowed).toBe(false)
  })

  it('RL-08 does not look at the wall clock', () => {
    const clock = new ManualClock()
    const store = new MemoryRateStore(clock)
    const rate = { rps: 1, burst: 1 }
    store.take('a', rate)
    for (const jump of [-3_600_000, 3_600_000]) {
      clock.setWallTime(clock.wallTime() + jump)
      expect(store.take('a', rate).isAllowed).toBe(false)
    }
    clock.advance(1_000)
    expect(store.take('a', rate).isAllowed).toBe(true)
  })

  it('RL-14 makes nobody wait longer for having tried often', () => {
    const store = new MemoryRateStore(new ManualClock())
    const rate = { rps: 2, burst: 3 }
    for (let attempt = 0; attempt < 2_000; attempt++) store.take('a', rate)
    expect(store.take('a', rate)).toEqual({ isAllowed: false, retryAfter: 500 })
  })

  it('RL-06 stays bounded, and a flood of new keys forgives nobody', () => {
    const clock = new ManualClock()
    const store = new MemoryRateStore(clock, 1_000)
    const rate = { rps: 1, burst: 100 }
    while (store.take('attacker', rate).isAllowed);
    for (let key = 0; key < 200_000; key++) {
      store.take(`flood-${key}`, rate)
      if (key % 10_000 === 0) {
        clock.advance(1_000)
        expect(store.take('attacker', rate).isAllowed).toBe(true)
        expect(store.size).toBeLessThanOrEqual(1_000)
      }
    }
    expect(store.take('attacker', rate).isAllowed).toBe(false)
  })

  it('RL-06 forgets the fullest bucket', () => {
    const store = new MemoryRateStore(new ManualClock(), 3)
    const rate = { rps: 1, burst: 3 }
    for (const key of ['a', 'a', 'a', 'b', 'c', 'c', 'd']) store.take(key, rate)
    const tokens = (key: string) => [1, 2, 3].filter(() => store.take(key, rate).isAllowed).length
    expect([tokens('a'), tokens('c'), tokens('d')]).toEqual([0, 1, 2])
  })

  it('agrees with a plain model of a bucket', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 3_000 }), takes: fc.integer({ min: 0, max: 6 }) })
    const rates = fc.record({ rps: fc.constantFrom(0.5, 1, 3, 7, 100), burst: fc.integer({ min: 1, max: 10 }) })
    fc.assert(
      fc.property(rates, fc.array(step, { maxLength: 30 }), (rate, steps) => {
        const clock = new ManualClock()
        const store = new MemoryRateStore(clock)
        let tokens = rate.burst
        for (const { wait, takes } of steps) {
          clock.advance(wait)
          tokens = Math.min(rate.burst, tokens + (wait * rate.rps) / 1000)
          for (let take = 0; take < takes; take++) {
            // Within a thousandth of a token both answers are right.
            if (Math.abs(tokens - 1) < 0.001) break
            const isExpected = tokens > 1
            expect(store.take('a', rate).isAllowed).toBe(isExpected)
            if (isExpected) tokens -= 1
          }
        }
      }),
    )
  })
})

describe('createRedisRateStore', () => {
  let redis: RedisServer
  let ioredis: Redis
  let nodeRedis: ReturnType<typeof createClient>
  let stores: readonly [RateStore, RateStore]

  beforeAll(async () => {
    redis = await startRedis()
    ioredis = new Redis(redis.port, '127.0.0.1')
    nodeRedis = createClient({ url: `redis://127.0.0.1:${redis.port}` })
    await nodeRedis.connect()
    stores = [
      createRedisRateStore({ eval: (script, keys, args) => ioredis.eval(script, keys.length, ...keys, ...args) }),
      createRedisRateStore({ eval: (script, keys, args) => nodeRedis.eval(script, { keys, arguments: args }) }),
    ]
  })

  afterAll(async () => {
    ioredis.disconnect()
    nodeRedis.destroy()
    await redis.kill()
  })

  it('RL-10 lets several processes never exceed one limit together', async () => {
    const [one, other] = stores
    const rate = { rps: 0.001, burst: 50 }
    const decisions = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? one : other).take('shared', rate)),
    )
    expect(decisions.filter((decision) => decision.isAllowed)).toHaveLength(50)
  })

  it('RL-01 tells how long to wait', async () => {
    const [one, other] = stores
    const rate = { rps: 0.1, burst: 1 }
    expect(await one.take('wait', rate)).toEqual({ isAllowed: true, retryAfter: 0 })
    const { isAllowed, retryAfter } = await other.take('wait', rate)
    expect(isAllowed).toBe(false)
    expect(retryAfter).toBeGreaterThan(5_000)
    expect(retryAfter).toBeLessThanOrEqual(10_000)
  })

  it('peeks without taking', async () => {
    const [one] = stores
    const rate = { rps: 0.01, burst: 1 }
    expect((await one.peek('peek', rate)).isAllowed).toBe(true)
    expect(await ioredis.exists('sluice:rate:peek')).toBe(0)
    expect((await one.take('peek', rate)).isAllowed).toBe(true)
    expect((await one.peek('peek', rate)).isAllowed).toBe(false)
  })

  it('RL-06 leaves no bucket behind that has filled up', async () => {
    const [one] = stores
    await one.take('ttl', { rps: 0.1, burst: 3 })
    await one.take('ttl', { rps: 0.1, burst: 3 })
    const ttl = await ioredis.pttl('sluice:rate:ttl')
    expect(ttl).toBeGreaterThan(10_000)
    expect(ttl).toBeLessThanOrEqual(20_000)
  })

  it('RL-08 survives that the clock of Redis was set back', async () => {
    const [one] = stores
    const rate = { rps: 1, burst: 2 }
    await ioredis.set('sluice:rate:clock', String(Date.now() + 86_400_000))
    const { isAllowed, retryAfter } = await one.take('clock', rate)
    expect(isAllowed).toBe(false)
    expect(retryAfter).toBeLessThanOrEqual(1_000)
  })

  it('RL-13 keeps prefixes and keys apart', async () => {
    const evaluate = (script: string, keys: string[], args: string[]) =>
      ioredis.eval(script, keys.length, ...keys, ...args)
    const own = createRedisRateStore({ eval: evaluate, prefix: 'own:' })
    expect(await takeAll(own, 'a', 6)).toBe(5)
    expect(await takeAll(own, 'b', 6)).toBe(5)
    expect(await takeAll(createRedisRateStore({ eval: evaluate, prefix: 'other:' }), 'a', 6)).toBe(5)
  })

  it('RL-09 is done without when Redis dies', async () => {
    const own = await startRedis()
    const client = new Redis(own.port, '127.0.0.1').on('error', () => {})
    const log = recordingLog()
    const limiter = new RateLimiter({
      store: createRedisRateStore({ eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args) }),
      rate: { rps: 0.01, burst: 1 },
      scope: '/ws',
      onStoreError: 'allow',
      clock: systemClock,
      log,
    })
    expect([(await limiter.take('a')).ok, (await limiter.take('a')).ok]).toEqual([true, false])
    await own.kill()
    expect((await limiter.take('a')).ok).toBe(true)
    expect(log.lines).toHaveLength(1)
    client.disconnect()
  })

  it.each(['1', Number.NaN, -1, 1.5, null, undefined, [1], 'OK'])('RL-09 takes %j for no answer', async (reply) => {
    const store = createRedisRateStore({ eval: async () => reply })
    await expect(store.take('a', SLOW)).rejects.toThrow(TypeError)
  })
})
