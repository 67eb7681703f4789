import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { RateDecision, RateStore } from '@sluice/core/ports'
import { type ContractCase, createContract, type Skips } from './contract.ts'

export interface RateStoreSubject {
  /** Makes a store, or two that share their buckets where `another` is given. Called once for each case. */
  create(): RateStore | Promise<RateStore>
  /** A second store on the same buckets, as another process has one. @default the store itself */
  another?(): RateStore | Promise<RateStore>
  /** Lets time pass for the stores. Without it, the cases that need it are skipped. */
  advance?(milliseconds: number): void | Promise<void>
  readonly skip?: Skips
}

/** What every rate store does. Keys differ from case to case and from run to run, so that a store may outlive them. */
export function rateStoreContract({ create, another, advance, skip }: RateStoreSubject): ContractCase[] {
  const pass = async (milliseconds: number): Promise<void> => advance?.(milliseconds)
  const open = async (): Promise<[RateStore, RateStore]> => {
    const store = await create()
    return [store, (await another?.()) ?? store]
  }

  const checks = {
    'allows a burst, and no more': async () => {
      const [store] = await open()
      assert.deepEqual(await takes(store, randomUUID(), 7, { rps: SLOW, burst: 5 }), [...times(5, true), false, false])
    },
    'never allows more than a burst to those who come at once': async () => {
      const [store, other] = await open()
      const key = randomUUID()
      const rate = { rps: SLOW, burst: 20 }
      const decisions = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => (index % 2 === 0 ? store : other).take(key, rate)),
      )
      assert.equal(decisions.filter(({ isAllowed }) => isAllowed).length, 20)
    },
    'shares its buckets with another store of their kind': async () => {
      const [store, other] = await open()
      const key = randomUUID()
      assert.deepEqual(await takes(store, key, 1, ONE), [true])
      assert.deepEqual(await takes(other, key, 1, ONE), [false])
    },
    'tells how long to wait, in milliseconds': async () => {
      const [store] = await open()
      const key = randomUUID()
      const rate = { rps: 0.01, burst: 1 }
      assert.deepEqual(await store.take(key, rate), { isAllowed: true, retryAfter: 0 })
      const { isAllowed, retryAfter } = await store.take(key, rate)
      assert.equal(isAllowed, false)
      assert(retryAfter > 50_000 && retryAfter <= 100_000, `a token comes back in 100 s, but it says ${retryAfter} ms`)
    },
    'makes nobody wait longer for having tried often': async () => {
      const [store] = await open()
      const key = randomUUID()
      const rate = { rps: 0.01, burst: 1 }
      await takes(store, key, 50, rate)
      const { retryAfter } = await store.take(key, rate)
      assert(retryAfter <= 100_000, `a token comes back in 100 s, but it says ${retryAfter} ms`)
    },
    'peeks without taking': async () => {
      const [store] = await open()
      const key = randomUUID()
      for (const _ of times(3, 0)) assertDecision(await store.peek(key, ONE), true)
      assert.deepEqual(await takes(store, key, 2, ONE), [true, false])
      assertDecision(await store.peek(key, ONE), false)
    },
    'keeps keys apart, whatever is in them': async () => {
      const [store] = await open()
      const prefix = randomUUID()
      for (const name of NAMES) {
        assert.deepEqual(await takes(store, `${prefix}${name}`, 2, ONE), [true, false], JSON.stringify(name))
      }
    },
    'keeps names of prototypes apart': async () => {
      const [store] = await open()
      for (const name of ['__proto__', 'constructor', 'toString']) assertDecision(await store.peek(name, ONE), true)
    },
    [GIVES_BACK]: async () => {
      const [store] = await open()
      const key = randomUUID()
      const rate = { rps: 2, burst: 2 }
      assert.deepEqual(await takes(store, key, 3, rate), [true, true, false])
      await pass(499)
      assert.deepEqual(await takes(store, key, 1, rate), [false])
      await pass(1)
      assert.deepEqual(await takes(store, key, 2, rate), [true, false])
    },
    [HOLDS_A_BURST]: async () => {
      const [store] = await open()
      const key = randomUUID()
      const rate = { rps: 1, burst: 2 }
      await takes(store, key, 2, rate)
      await pass(3_600_000)
      assert.deepEqual(await takes(store, key, 3, rate), [true, true, false])
    },
  }
  const untimed = { [GIVES_BACK]: NO_TIME, [HOLDS_A_BURST]: NO_TIME }
  return createContract(checks, advance === undefined ? untimed : undefined, skip)
}

const GIVES_BACK = 'gives tokens back with time'
const HOLDS_A_BURST = 'holds no more than a burst, however long it rests'
const NO_TIME = 'no `advance` was given: time of the store cannot be moved'

/** Tokens a second: none comes back within a test. */
const SLOW = 0.0001
const ONE = { rps: SLOW, burst: 1 }

const NAMES = [
  '',
  'a',
  'A',
  'a ',
  'a:b',
  'a:',
  ':b',
  'a\0b',
  'a\r\nb',
  '*',
  '{a}',
  'ä',
  'a\u0308',
  '😀',
  'x'.repeat(500),
]

type Rate = Parameters<RateStore['take']>[1]

async function takes(store: RateStore, key: string, count: number, rate: Rate): Promise<boolean[]> {
  const decisions: boolean[] = []
  for (const _ of times(count, 0)) decisions.push((await store.take(key, rate)).isAllowed)
  return decisions
}

function assertDecision({ isAllowed, retryAfter }: RateDecision, expected: boolean): void {
  assert.equal(isAllowed, expected)
  assert.equal(retryAfter > 0, !expected, `retryAfter is ${retryAfter} where isAllowed is ${isAllowed}`)
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value)
}
