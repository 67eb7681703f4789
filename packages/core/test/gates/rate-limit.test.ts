import { createRedisRateStore, type RateLimitOptions, type RateStore } from '@sluice/core'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedis } from '../security/redis-server.ts'
import { nameBackend } from './support/credentials.ts'
import { type Gate, inBoth, knocks, openGate, type Peer, type Site } from './support/gate.ts'

describe('in both transports, byte for byte', () => {
  it('RL-01 above the limit is 429 with the seconds to wait, and a token comes back with time', async () => {
    const gate: Gate = { route: { rateLimit: { rps: 0.5, burst: 5 } } }
    const { result } = await inBoth(gate, async (site) => {
      const atOnce = await statusesOf(site, 6)
      const denial = await site.knock()
      site.clock.advance(1_999)
      const tooSoon = await statusesOf(site, 1)
      site.clock.advance(1)
      const inTime = await statusesOf(site, 2)
      site.clock.advance(10_000)
      return { atOnce, denial, tooSoon, inTime, rested: await statusesOf(site, 6) }
    })

    expect(result.atOnce).toEqual([101, 101, 101, 101, 101, 429])
    expect(result.denial).toMatchObject({
      status: 429,
      headers: { 'retry-after': '2', 'x-ratelimit-limit': '0.5', 'x-ratelimit-burst': '5' },
      body: '{"detail":"Rate limit exceeded","code":"ERR_RATE_LIMITED"}',
    })
    expect(result.tooSoon).toEqual([429])
    expect(result.inTime).toEqual([101, 429])
    expect(result.rested).toEqual([101, 101, 101, 101, 101, 429])
  })

  it('RL-01 counts each route for itself, under the limit of the app', async () => {
    const gate: Gate = {
      plugin: { rateLimit: { rps: 1, burst: 3 } },
      route: { rateLimit: { rps: 1, burst: 2 } },
      declare: (app) => app.api.websocket('/other', { rateLimit: { rps: 1, burst: 2 } }, (ws) => ws.accept()),
    }
    const answers = await knocks(gate, [{}, {}, {}, { target: '/other' }])
    expect(answers.map(({ status }) => status)).toEqual([101, 101, 429, 429])
  })

  it('RL-01 is lifted by false for one route', async () => {
    const gate: Gate = { plugin: { rateLimit: { rps: 1, burst: 1 } }, route: { rateLimit: false } }
    const answers = await knocks(gate, [{}, {}, {}])
    expect(answers.map(({ status }) => status)).toEqual([101, 101, 101])
  })

  it.each([
    ['a header', 'header:x-tenant', 'x-tenant'],
    ['the user, after authentication', 'user', 'x-user'],
    [
      'a function of the request',
      ({ headers }: { headers: object }) => JSON.stringify(headers['x-user' as never]),
      'x-user',
    ],
  ] as const)('counts by %s', async (_name, key, header) => {
    const gate: Gate = {
      route: { auth: [nameBackend()], rateLimit: { rps: 1, burst: 1, key: key as RateLimitOptions['key'] & {} } },
    }
    const peers = ['ada', 'bob', 'ada', 'bob'].map((name): Peer => ({ headers: { [header]: name } }))
    expect((await knocks(gate, peers)).map(({ status }) => status)).toEqual([101, 101, 429, 429])
  })

  it('RL-13 a key that is longer than any honest one is 400', async () => {
    const gate: Gate = { route: { rateLimit: { rps: 1, key: 'header:x-tenant' } } }
    const [answer] = await knocks(gate, [{ headers: { 'x-tenant': 'a'.repeat(257) } }])
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Rate limit key too long') })
  })
})

describe('RL-09 a store that fails', () => {
  const STORES: Readonly<Record<string, RateStore['take']>> = {
    throws: () => fail(),
    rejects: () => Promise.reject(new Error('secret')),
    'answers nonsense': () => Number.NaN as never,
  }

  it.each(Object.entries(STORES))('%s: lets everybody in, or nobody where the app says so', async (_name, take) => {
    const rateStore = { take, peek: take }
    for (const [onStoreError, status] of [
      ['allow', 101],
      ['deny', 503],
    ] as const) {
      const gate: Gate = { plugin: { rateStore }, route: { rateLimit: { rps: 1, onStoreError } } }
      const answers = await knocks(gate, [{}, {}])
      expect(answers.map((answer) => answer.status)).toEqual([status, status])
      expect(answers[0]?.body).not.toContain('secret')
    }
  })

  it('hangs: is waited for 250 ms', async () => {
    const take = () => new Promise<never>(() => {})
    const gate: Gate = { plugin: { rateStore: { take, peek: take } }, route: { rateLimit: { rps: 1 } } }
    const { result } = await inBoth(gate, async (site) => {
      const answer = site.knock()
      await site.clock.timer(250)
      site.clock.advance(250)
      return answer
    })
    expect(result.status).toBe(101)
  })
})

describe('over a socket', () => {
  const LIMITED: Gate = { route: { rateLimit: { rps: 1, burst: 3 } } }
  const forwardedFor = (value: string): Peer => ({ headers: { 'x-forwarded-for': value } })

  it('RL-02 X-Forwarded-For from nobody in particular is ignored', async () => {
    const site = await openGate(LIMITED)
    const statuses: number[] = []
    for (let last = 1; last <= 20; last++) statuses.push((await site.knock(forwardedFor(`203.0.113.${last}`))).status)
    expect(statuses.filter((status) => status === 101)).toHaveLength(3)
  })

  it.each([
    ['a subnet', '127.0.0.0/8'],
    ['a list', ['127.0.0.1', '192.0.2.9']],
    ['one hop', (_address: string, hop: number) => hop < 1],
  ])('RL-03 behind a proxy that is trusted by %s, the address that it saw counts', async (_name, trustProxy) => {
    const site = await openGate({ ...LIMITED, server: { trustProxy } })
    const visit = async (forged: string, real: string) => (await site.knock(forwardedFor(`${forged}, ${real}`))).status
    const ofOne: number[] = []
    for (let last = 1; last <= 5; last++) ofOne.push(await visit(`203.0.113.${last}`, '198.51.100.7'))
    expect(ofOne).toEqual([101, 101, 101, 429, 429])
    expect(await visit('198.51.100.7', '198.51.100.8')).toBe(101)
  })

  it('RL-03 of two hops the second from the right counts, and no further', async () => {
    const site = await openGate({ ...LIMITED, server: { trustProxy: (_address, hop) => hop < 2 } })
    const statuses: number[] = []
    for (let last = 1; last <= 5; last++) {
      statuses.push((await site.knock(forwardedFor(`203.0.113.${last}, 198.51.100.7, 192.0.2.1`))).status)
    }
    expect(statuses).toEqual([101, 101, 101, 429, 429])
  })

  it('RL-04 RL-05 an IPv6 network is one peer, and an address in any spelling is itself', async () => {
    const site = await openGate({ ...LIMITED, server: { trustProxy: '127.0.0.1' } })
    const visit = async (addresses: readonly string[]) => {
      const statuses: number[] = []
      for (const address of addresses) statuses.push((await site.knock(forwardedFor(address))).status)
      return statuses
    }
    expect(await visit(['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::', '2001:db8::9'])).toEqual([
      101, 101, 101, 429,
    ])
    expect(await visit(['2001:db8:0:1::1'])).toEqual([101])
    expect(await visit(['1.2.3.4', '::ffff:1.2.3.4', '::ffff:102:304', '1.2.3.4'])).toEqual([101, 101, 101, 429])
    expect(await visit(['1.2.3.5'])).toEqual([101])
  })

  it('RL-10 parallel handshakes on two nodes with one Redis get exactly the limit together', async () => {
    const redis = await startRedis()
    const client = new Redis(redis.port, '127.0.0.1')
    onTestFinished(async () => {
      client.disconnect()
      await redis.kill()
    })
    const rateStore = createRedisRateStore({
      eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
    })
    const gate: Gate = { plugin: { rateStore }, route: { rateLimit: { rps: 0.001, burst: 50 } } }
    const nodes = [await openGate(gate), await openGate(gate)]
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => (nodes[index % 2] as Site).knock()))
    expect(answers.filter(({ status }) => status === 101)).toHaveLength(50)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(150)
  })

  it('RL-12 many wrong credentials stop all looking at them for a while, and then a good user comes in again', async () => {
    const site = await openGate((note) => ({
      route: { auth: [nameBackend(note)], authFailureLimit: { rps: 1, burst: 10 } },
    }))
    const wrong: Peer = { headers: { 'x-user': 'wrong' } }
    const ada: Peer = { headers: { 'x-user': 'ada' } }
    const statuses: number[] = []
    for (let attempt = 0; attempt < 100; attempt++) statuses.push((await site.knock(wrong)).status)

    expect(statuses).toEqual([...Array(10).fill(401), ...Array(90).fill(429)])
    expect(site.calls.filter((call) => call === 'authenticate')).toHaveLength(10)
    expect((await site.knock(ada)).status).toBe(429)
    expect((await site.knock({ ...ada, remoteAddress: '127.0.0.2' })).status).toBe(101)
    site.clock.advance(1_000)
    expect((await site.knock(ada)).status).toBe(101)
  })
})

async function statusesOf(site: Site, count: number): Promise<number[]> {
  const statuses: number[] = []
  while (statuses.length < count) statuses.push((await site.knock()).status)
  return statuses
}

function fail(): never {
  throw new Error('secret')
}
