import type { RateStore } from '@sluice/core/ports'
import { expect, it } from 'vitest'
import { rateStoreContract } from '../../src/contracts/rate-store-contract.ts'
import { failuresOf } from './faults.ts'

type Faults = { [Name in 'key' | 'count' | 'peek' | 'wait' | 'refill' | 'capacity']?: true }

/** A plain store of buckets, right or with a fault. */
function createStore(faults: Faults = {}) {
  let now = 0
  const create = (): RateStore => {
    const buckets = new Map<string, { tokens: number; at: number }>()
    const look = (key: string, { rps, burst }: { rps: number; burst: number }) => {
      const name = faults.key ? key.slice(36).trim() || key : key
      const { tokens, at } = buckets.get(name) ?? { tokens: burst, at: now }
      const refilled = tokens + (faults.refill ? 0 : ((now - at) * rps) / 1_000)
      return { name, tokens: faults.capacity ? refilled : Math.min(burst, refilled) }
    }
    const decide = (tokens: number, rps: number) =>
      tokens >= 1
        ? { isAllowed: true, retryAfter: 0 }
        : { isAllowed: false, retryAfter: Math.ceil(((1 - tokens) / rps) * (faults.wait ? 1 : 1_000)) }
    const take: RateStore['take'] = async (key, rate) => {
      const { name, tokens } = look(key, rate)
      if (faults.count) await Promise.resolve()
      if (tokens >= 1) buckets.set(name, { tokens: tokens - 1, at: now })
      return decide(tokens, rate.rps)
    }
    return { take, peek: faults.peek ? take : async (key, rate) => decide(look(key, rate).tokens, rate.rps) }
  }
  const advance = (milliseconds: number) => {
    now += milliseconds
  }
  return { create, advance }
}

it('passes a store that is right', async () => {
  expect(await failuresOf(rateStoreContract(createStore()))).toEqual([])
})

it.each([
  ['key', 'keeps keys apart, whatever is in them'],
  ['count', 'never allows more than a burst to those who come at once'],
  ['peek', 'peeks without taking'],
  ['wait', 'tells how long to wait, in milliseconds'],
  ['refill', 'gives tokens back with time'],
  ['capacity', 'holds no more than a burst, however long it rests'],
])('catches a fault of the %s', async (fault, name) => {
  expect(await failuresOf(rateStoreContract(createStore({ [fault]: true })))).toContain(name)
})

it('catches stores that share nothing', async () => {
  const { create } = createStore()
  expect(await failuresOf(rateStoreContract({ create, another: create }))).toEqual([
    'never allows more than a burst to those who come at once',
    'shares its buckets with another store of their kind',
  ])
})

it('skips with a reason what needs time, and what it is told to', () => {
  const { create } = createStore()
  const reasons = rateStoreContract({ create, skip: { 'peeks without taking': 'it cannot' } }).map(({ skip }) => skip)
  expect(reasons.filter((reason) => reason !== undefined)).toEqual([
    'it cannot',
    ...Array(2).fill('no `advance` was given: time of the store cannot be moved'),
  ])
  expect(() => rateStoreContract({ create, skip: { peeks: 'it cannot' } })).toThrow(/no case 'peeks'/)
  expect(() => rateStoreContract({ create, skip: { 'peeks without taking': '' } })).toThrow(/without a reason/)
})
