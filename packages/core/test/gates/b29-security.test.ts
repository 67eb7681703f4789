import cors from '@fastify/cors'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { type Gate, openGate, type Peer } from './support/gate.ts'

const HOME = 'https://app.example'
const EVIL = 'https://evil.example'

const WITH_CORS: Gate = {
  route: { allowedOrigins: 'cors' },
  server: {},
  declare: (app) => app.register(cors, { origin: [HOME] }),
}
const LISTED: Gate = { route: { allowedOrigins: [HOME] } }
const WITHOUT: Gate = {}

describe.each(['memory', 'socket'] as const)('Security, over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  describe.each([
    ['allowedOrigins', LISTED],
    ["the app's CORS options", WITH_CORS],
  ])('by %s', (_name, gate) => {
    it('allowed origin', async () => {
      expect(await statusesFor(gate, [{ origin: HOME }])).toEqual([101])
    })

    it('denied origin "Origin not allowed"', async () => {
      const site = await openGate(gate, transport)
      await expect(site.open({ origin: EVIL })).rejects.toThrow('Origin not allowed')
      await expect(site.open({ origin: EVIL })).rejects.toMatchObject({
        status: 403,
        detail: 'Origin not allowed',
        stage: 'origin',
      })
    })

    it('no origin with CORS set is allowed', async () => {
      expect(await statusesFor(gate, [{}])).toEqual([101])
    })
  })

  it('wildcard', async () => {
    const everybody: Gate = { route: { allowedOrigins: '*' } }
    const subdomains: Gate = { route: { allowedOrigins: ['https://*.example.com'] } }
    expect(await statusesFor(everybody, [{ origin: EVIL }])).toEqual([101])
    expect(
      await statusesFor(subdomains, [
        { origin: 'https://app.example.com' },
        { origin: 'https://example.com' },
        { origin: 'https://evil-example.com' },
      ]),
    ).toEqual([101, 403, 403])
  })

  it('no CORS config + foreign origin denied', async () => {
    expect(await statusesFor(WITHOUT, [{ origin: EVIL }])).toEqual([403])
  })

  it('no CORS config + no origin allowed', async () => {
    expect(await statusesFor(WITHOUT, [{}])).toEqual([101])
  })

  it('no CORS config + same origin allowed', async () => {
    const same: Peer = { origin: 'http://localhost:3000', headers: { host: 'localhost:3000' } }
    expect(await statusesFor(WITHOUT, [same])).toEqual([101])
  })

  it('burst 2 then third "Rate limit exceeded"', async () => {
    const site = await openGate({ route: { rateLimit: { rps: 1, burst: 2 } } }, transport)
    expect((await site.knock()).status).toBe(101)
    expect((await site.knock()).status).toBe(101)
    await expect(site.open()).rejects.toThrow('Rate limit exceeded')
    await expect(site.open()).rejects.toMatchObject({
      status: 429,
      detail: 'Rate limit exceeded',
      stage: 'rateLimit',
      headers: { 'retry-after': '1' },
    })
  })

  it('no limit, five connects', async () => {
    expect(await statusesFor(WITHOUT, [{}, {}, {}, {}, {}])).toEqual([101, 101, 101, 101, 101])
  })

  it('foreign origin on a limited route reports origin, not rate', async () => {
    const gate: Gate = { route: { allowedOrigins: [HOME], rateLimit: { rps: 1, burst: 1 } } }
    const peers = [{ origin: HOME }, { origin: HOME }, { origin: EVIL }]
    expect(await statusesFor(gate, peers)).toEqual([101, 429, 403])
  })

  async function statusesFor(gate: Gate, peers: readonly Peer[]): Promise<number[]> {
    const site = await openGate(gate, transport)
    const statuses: number[] = []
    for (const peer of peers) statuses.push((await site.knock(peer)).status)
    return statuses
  }
})
