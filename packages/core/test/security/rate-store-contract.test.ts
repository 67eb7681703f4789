import { rateStoreContract } from '@sluice/testing/contracts'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { MemoryRateStore } from '../../src/security/memory-rate-store.ts'
import { createRedisRateStore } from '../../src/security/redis-rate-store.ts'
import { ManualClock } from './fixtures.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

describe('MemoryRateStore', () => {
  let clock = new ManualClock()
  const contract = rateStoreContract({
    create() {
      clock = new ManualClock()
      return new MemoryRateStore(clock)
    },
    advance: (milliseconds) => clock.advance(milliseconds),
  })
  for (const { name, run, skip } of contract) {
    it(name, async (context) => (skip === undefined ? run() : context.skip(skip)))
  }
})

describe('createRedisRateStore', () => {
  let redis: RedisServer
  const clients: Redis[] = []

  beforeAll(async () => {
    redis = await startRedis()
    clients.push(new Redis(redis.port, '127.0.0.1'), new Redis(redis.port, '127.0.0.1'))
  })

  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await redis.kill()
  })

  const storeOf = (index: number) =>
    createRedisRateStore({
      eval: (script, keys, args) => (clients[index] as Redis).eval(script, keys.length, ...keys, ...args),
    })
  for (const { name, run, skip } of rateStoreContract({ create: () => storeOf(0), another: () => storeOf(1) })) {
    it(name, async (context) => (skip === undefined ? run() : context.skip(skip)))
  }
})
