import { createServer } from 'node:http'
import { guard, isAuthenticated } from '@sluice/auth'
import sluice, { type AuthBackend, HttpDenial, type WebSocketConnection } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { serveApp } from '../support/site.ts'
import { plainRequest, upgradeRequest } from '../support/upgrade-request.ts'
import { nameBackend } from './support/credentials.ts'
import { type Gate, inBoth, openGate, type Peer } from './support/gate.ts'

/** Node's own limits, a thousandth of their defaults. */
const IMPATIENT = { headersTimeout: 60, requestTimeout: 300, connectionsCheckingInterval: 30 }

describe('in both transports, byte for byte', () => {
  it('HS-01 a plain GET on a WebSocket route is told to upgrade, and runs nothing', async () => {
    const { result, calls } = await inBoth({}, ({ exchange }) => exchange(plainRequest('/ws')))
    expect(result).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/)
    expect(result).toMatch(/\r\nupgrade: websocket\r\n/i)
    expect(result).toMatch(/\r\nconnection: close, upgrade\r\n/i)
    expect(result).toContain('{"detail":"Upgrade required","code":"ERR_UPGRADE_REQUIRED"}')
    expect(calls).toEqual([])
  })

  it('HS-02 an upgrade on an ordinary HTTP route is denied before its handler', async () => {
    const gate = (note: (call: string) => void): Gate => ({
      declare: (app) => app.get('/http-only', async () => note('HTTP handler')),
    })
    const { result, calls } = await inBoth(gate, async (site) => ({
      client: await site.knock({ target: '/http-only' }),
      raw: await site.exchange(upgradeRequest({ path: '/http-only' })),
    }))
    expect(result.client.status).toBe(404)
    expect(result.raw).toMatch(/^HTTP\/1\.1 404 /)
    expect(calls).toEqual([])
  })

  it('HS-03 an upgrade on an unknown path has the 404 that HTTP gets, whatever its spelling', async () => {
    const paths = [
      '/nope',
      '//ws',
      '/ws/../ws',
      '/./ws',
      '/ws%2Fx',
      '/ws/x',
      '/%77%73/x',
      '/WS',
      '/ws;a=b',
      '/ws//',
      '/wsx?/ws',
    ]
    const { result, calls } = await inBoth({}, async ({ exchange }) => {
      const pairs: [string, string][] = []
      for (const path of paths) {
        pairs.push([await exchange(upgradeRequest({ path })), await exchange(plainRequest(path))])
      }
      return pairs
    })
    for (const [upgrade, plain] of result) {
      expect(upgrade).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
      expect(bodyOf(upgrade)).toBe(bodyOf(plain))
    }
    expect(calls).toEqual([])
  })

  it('CP-01 compression is not agreed to unless the route asks for it', async () => {
    const offer: Peer = { headers: { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' } }
    const bare = await inBoth({}, (site) => site.knock(offer))
    expect(bare.result.status).toBe(101)
    expect(bare.result.headers).not.toHaveProperty('sec-websocket-extensions')
  })
})

describe('over a socket', () => {
  it('HS-11 clients that never finish their headers are gone at the limit, and take no place from others', async () => {
    const site = await serveApp(
      async (app) => {
        await app.register(sluice, { maxConnections: 1 })
        app.api.websocket('/ws', (ws) => ws.accept())
      },
      { serverFactory: (handler) => createServer(IMPATIENT, handler) },
    )
    const slow = await Promise.all(Array.from({ length: 50 }, () => site.dial()))
    for (const connection of slow) connection.write('GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websock')
    const ws = await site.open('/ws')
    expect(await ws.nextClose()).toMatchObject({ code: 1000 })

    for (const connection of slow) {
      expect((await connection.response()).status).toBe(408)
      await connection.closed
    }
    expect(site.app.api.stats().accepted).toBe(1)
  })

  it('HS-12 a hundred handshakes whose backend never answers end together, and leave nothing behind', async () => {
    const all = Array.from({ length: 100 }, () => Promise.withResolvers<void>())
    let asked = 0
    const authenticate = () => {
      const next = all[asked++]
      next?.resolve()
      return next === undefined ? ({ kind: 'none' } as const) : new Promise<never>(() => {})
    }
    const backend = { ...nameBackend(), authenticate }
    const site = await openGate({ route: { auth: [backend], maxConnections: 100 } })
    const knocking = Array.from({ length: 100 }, () => site.knock())
    await Promise.all(all.map(({ promise }) => promise))
    site.clock.advance(10_000)

    for (const { status, body } of await Promise.all(knocking)) {
      expect([status, body]).toEqual([503, '{"detail":"Handshake timed out","code":"ERR_HANDSHAKE_TIMEOUT"}'])
    }
    expect(site.clock.delays).toEqual([])
    const after = await Promise.all(Array.from({ length: 100 }, () => site.knock()))
    expect(after.every(({ status }) => status === 101)).toBe(true)
  })

  it('HS-21 a cap is exact under simultaneous handshakes, and those that are in stay in', async () => {
    const backend = { ...nameBackend(), authenticate: async () => ({ kind: 'none' }) as const }
    const site = await openGate({ route: { maxConnections: 50, auth: [backend] }, handler: echo })
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => site.open()))
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const denials = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))

    expect(opened).toHaveLength(50)
    for (const denial of denials)
      expect(denial).toMatchObject({ status: 503, stage: 'capacity', headers: { 'retry-after': '5' } })
    for (const ws of opened) {
      await ws.sendText('still here')
      expect(await ws.receiveText()).toBe('still here')
    }
    await opened.pop()?.close()
    await using _next = await site.open()
    await Promise.all(opened.map((ws) => ws.close()))
  })

  it('HS-22 handshakes that fail at each stage after the count leave no count behind', async () => {
    const failing = nameBackend()
    const backend: AuthBackend = {
      ...failing,
      authenticate: (request, clock) =>
        request.headers['x-down'] ? Promise.reject(new Error('down')) : failing.authenticate(request, clock),
    }
    const site = await openGate({
      path: '/ws/{id:int}',
      route: {
        maxConnections: 1,
        maxConnectionsPerUser: 1,
        auth: [backend],
        guards: [isAuthenticated(), guard(({ request }) => throwing(request.headers['x-guard']))],
        subprotocols: ['chat'],
        requireSubprotocol: true,
      },
      async handler(ws) {
        if (ws.headers['x-handler'] === 'throw') throw new Error('failed')
        if (ws.headers['x-handler'] === 'deny') await ws.deny({ status: 410 })
        else if (ws.headers['x-handler'] === 'silent') return
        else await ws.accept()
      },
    })
    const ada: Peer = { target: '/ws/7', headers: { 'x-user': 'ada' }, subprotocols: ['chat'] }
    const adaWith = (headers: Record<string, string>): Peer => ({ ...ada, headers: { ...ada.headers, ...headers } })
    const failures: [Peer, number][] = [
      [{ ...ada, headers: {} }, 401],
      [{ ...ada, headers: { 'x-user': 'wrong' } }, 401],
      [{ ...ada, headers: { 'x-down': '1' } }, 503],
      [adaWith({ 'x-guard': 'no' }), 403],
      [adaWith({ 'x-guard': 'throw' }), 418],
      [{ ...ada, target: '/ws/x' }, 422],
      [{ ...ada, subprotocols: [] }, 400],
      [adaWith({ 'x-handler': 'throw' }), 500],
      [adaWith({ 'x-handler': 'deny' }), 410],
      [adaWith({ 'x-handler': 'silent' }), 500],
    ]
    for (let round = 0; round < 10; round++) {
      for (const [peer, status] of failures) expect((await site.knock(peer)).status).toBe(status)
    }
    expect((await site.knock(ada)).status).toBe(101)
    expect(site.app.api.stats()).toMatchObject({ accepted: 1, closed: 1, open: 0, denied: 100 })
  })
})

function bodyOf(response: string): string {
  return response.slice(response.indexOf('\r\n\r\n') + 4)
}

function throwing(answer: unknown): boolean {
  if (answer === 'throw') throw new HttpDenial(418)
  return answer !== 'no'
}

async function echo(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(text)
}
