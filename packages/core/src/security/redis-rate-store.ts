import type { TokenRate } from '../token-bucket.ts'
import type { RateDecision, RateStore } from './rate-store.ts'

/** `EVAL` of any Redis client: with ioredis `(script, keys, args) => redis.eval(script, keys.length, ...keys, ...args)`. */
export type RedisEval = (script: string, keys: string[], args: string[]) => Promise<unknown>

export interface RedisRateStoreOptions {
  readonly eval: RedisEval
  /** Put before every key. @default 'sluice:rate:' */
  readonly prefix?: string
}

/** Token buckets in Redis, so that any number of processes share one limit. One script, one round trip, Redis' own clock. */
export function createRedisRateStore({ eval: evaluate, prefix = 'sluice:rate:' }: RedisRateStoreOptions): RateStore {
  const ask = async (key: string, rate: TokenRate, take: '0' | '1') => {
    const reply = await evaluate(SCRIPT, [prefix + key], [String(1000 / rate.rps), String(rate.burst), take])
    return decisionOf(reply)
  }
  return {
    take: (key, rate) => ask(key, rate, '1'),
    peek: (key, rate) => ask(key, rate, '0'),
  }
}

/** The bucket of `token-bucket.ts`. A time further ahead than an empty bucket's means that Redis' clock was set back. */
const SCRIPT = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local period, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
full_at = math.min(math.max(full_at, now), now + burst * period)
local wait = full_at - now - (burst - 1) * period
if wait > math.min(0.01, period / 10) then return math.ceil(wait) end
if ARGV[3] == '1' then
  full_at = full_at + period
  redis.call('SET', KEYS[1], string.format('%.17g', full_at), 'PX', math.ceil(full_at - now))
end
return 0
`

function decisionOf(reply: unknown): RateDecision {
  const retryAfter = typeof reply === 'number' ? reply : Number.NaN
  if (!Number.isSafeInteger(retryAfter) || retryAfter < 0) throw new TypeError('the reply of Redis is not a wait')
  return { isAllowed: retryAfter === 0, retryAfter }
}
