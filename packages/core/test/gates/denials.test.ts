import { guard, hasPermission, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { HttpDenial, type WebSocketConnection } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { bearer, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Answer, type Gate, inBoth, type Peer, type Site } from './support/gate.ts'

interface Denied {
  readonly gate: Gate
  readonly peer?: Peer
  /** How the peer comes to be denied, if not at its first knock. */
  readonly visit?: (site: Site, peer: Peer | undefined) => Promise<Answer>
  readonly stage: string
  readonly status: number
  readonly detail: unknown
  readonly code: string
  readonly headers?: Readonly<Record<string, string>>
  /** The close code of `denial: 'close'`, if the denial can be told by one. */
  readonly closeCode?: number
  readonly closeReason?: string
}

const ada: Peer = { headers: { 'x-user': 'ada' } }

const DENIALS: Readonly<Record<string, Denied>> = {
  'an upgrade to another version': {
    gate: {},
    peer: { headers: { 'sec-websocket-version': '8' } },
    stage: 'upgrade',
    status: 426,
    detail: 'Upgrade required',
    code: 'ERR_UPGRADE_REQUIRED',
    headers: { upgrade: 'websocket', 'sec-websocket-version': '13', connection: 'close, Upgrade' },
  },
  'a server that shuts down': {
    gate: {},
    async visit(site, peer) {
      await site.app.ready()
      await site.app.api.drain()
      return site.knock(peer)
    },
    stage: 'draining',
    status: 503,
    detail: 'Server is shutting down',
    code: 'ERR_SHUTTING_DOWN',
    headers: { 'retry-after': '5' },
    closeCode: 4503,
  },
  'a foreign origin': {
    gate: {},
    peer: { origin: 'https://evil.example' },
    stage: 'origin',
    status: 403,
    detail: 'Origin not allowed',
    code: 'ERR_ORIGIN_NOT_ALLOWED',
    closeCode: 4403,
  },
  'too many handshakes': {
    gate: { route: { rateLimit: { rps: 0.1, burst: 1 } } },
    visit: async (site, peer) => [await site.knock(peer), await site.knock(peer)][1] as Answer,
    stage: 'rateLimit',
    status: 429,
    detail: 'Rate limit exceeded',
    code: 'ERR_RATE_LIMITED',
    headers: { 'retry-after': '10', 'x-ratelimit-limit': '0.1', 'x-ratelimit-burst': '1' },
    closeCode: 4429,
  },
  'too many connections': {
    gate: { route: { maxConnections: 1 }, handler: stay },
    visit: secondWhileFirstStays,
    stage: 'capacity',
    status: 503,
    detail: 'Too many WebSocket connections',
    code: 'ERR_TOO_MANY_CONNECTIONS',
    headers: { 'retry-after': '5' },
    closeCode: 4503,
  },
  'wrong credentials': {
    gate: { route: { auth: [nameBackend()] } },
    peer: { headers: { 'x-user': 'wrong' } },
    stage: 'authentication',
    status: 401,
    detail: 'Authentication required',
    code: 'ERR_NOT_AUTHENTICATED',
    headers: { 'www-authenticate': 'Name' },
    closeCode: 4401,
  },
  'a backend that cannot decide': {
    gate: { route: { auth: [{ ...nameBackend(), authenticate: () => Promise.reject(new Error('secret')) }] } },
    stage: 'authentication',
    status: 503,
    detail: 'Service unavailable',
    code: 'ERR_UNAVAILABLE',
    closeCode: 1013,
  },
  'a stage that takes too long': {
    gate: { route: { auth: [{ ...nameBackend(), authenticate: () => new Promise<never>(() => {}) }] } },
    async visit(site, peer) {
      const answer = site.knock(peer)
      await site.clock.timer(10_000)
      site.clock.advance(10_000)
      return answer
    },
    stage: 'authentication',
    status: 503,
    detail: 'Handshake timed out',
    code: 'ERR_HANDSHAKE_TIMEOUT',
    closeCode: 4408,
  },
  'too many connections of one user': {
    gate: { route: { auth: [nameBackend()], maxConnectionsPerUser: 1 }, handler: stay },
    peer: ada,
    visit: secondWhileFirstStays,
    stage: 'userCapacity',
    status: 429,
    detail: 'Too many connections',
    code: 'ERR_TOO_MANY_USER_CONNECTIONS',
    headers: { 'retry-after': '5' },
    closeCode: 4429,
  },
  'a guard that wants somebody': {
    gate: { route: { auth: [nameBackend()], guards: [isAuthenticated()] } },
    stage: 'guards',
    status: 401,
    detail: 'Authentication required',
    code: 'ERR_NOT_AUTHENTICATED',
    headers: { 'www-authenticate': 'Name' },
    closeCode: 4401,
  },
  'a guard that wants a permission': {
    gate: { route: { auth: [nameBackend()], guards: [hasPermission('write')] } },
    peer: ada,
    stage: 'guards',
    status: 403,
    detail: 'Permission denied',
    code: 'ERR_PERMISSION_DENIED',
    closeCode: 4403,
  },
  'a guard that throws': {
    gate: { route: { guards: [guard(() => Promise.reject(new Error('secret')))] } },
    stage: 'guards',
    status: 500,
    detail: 'Internal server error',
    code: 'ERR_INTERNAL',
    closeCode: 1011,
  },
  'a param that cannot be coerced': {
    gate: { path: '/ws/{id:uuid}' },
    peer: { target: '/ws/seven' },
    stage: 'coercion',
    status: 422,
    detail: [expect.objectContaining({ loc: ['path', 'id'], type: 'uuid_parsing', input: 'seven' })],
    code: 'ERR_INVALID_PARAMS',
    closeCode: 4422,
    closeReason: 'Invalid parameters',
  },
  'a subprotocol that nobody offered': {
    gate: { route: { subprotocols: ['chat'], requireSubprotocol: true } },
    stage: 'subprotocol',
    status: 400,
    detail: 'Subprotocol required',
    code: 'ERR_SUBPROTOCOL_REQUIRED',
    closeCode: 4400,
  },
  'a handler that throws a status': {
    gate: { handler: () => Promise.reject(new HttpDenial(403, 'Not today', { headers: { 'x-why': 'sunday' } })) },
    stage: 'handler',
    status: 403,
    detail: 'Not today',
    code: 'ERR_PERMISSION_DENIED',
    headers: { 'x-why': 'sunday' },
    closeCode: 4403,
  },
  'a handler that throws': {
    gate: { handler: () => Promise.reject(new Error('secret')) },
    stage: 'handler',
    status: 500,
    detail: 'Internal server error',
    code: 'ERR_INTERNAL',
    closeCode: 1011,
  },
}

const NAMES = Object.keys(DENIALS)

describe('HS-19 a denial over HTTP', () => {
  it.each(NAMES)('says the same in both transports, in JSON, and ends the stream: %s', async (name) => {
    const { gate, peer, visit = first, stage, status, detail, code, headers = {} } = DENIALS[name] as Denied
    const { result, calls } = await inBoth(gate, (site) => visit(site, peer))

    expect(result).toMatchObject({ status, headers: { connection: 'close', ...headers } })
    expect(result.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(result.body)).toEqual({ detail, code })
    expect(result.body).not.toMatch(/secret|\bat \w/)
    expect(calls.at(-1)).toBe(`denied: ${stage}`)
  })

  it('has the same bytes in both transports, status line and order of headers included', async () => {
    const { result } = await inBoth({}, ({ exchange }) =>
      exchange(upgradeRequest({ add: [['Origin', 'https://evil.example']] })),
    )

    const [statusLine, ...lines] = result.split('\r\n')
    const [body, , ...headers] = lines.reverse()
    expect(statusLine).toBe('HTTP/1.1 403 Forbidden')
    expect(headers.sort()).toEqual([
      'connection: close',
      'content-length: 63',
      'content-type: application/json; charset=utf-8',
    ])
    expect(body).toBe('{"detail":"Origin not allowed","code":"ERR_ORIGIN_NOT_ALLOWED"}')
  })

  it('is one and the same 401 for every cause', async () => {
    const auth = [jwtAuthentication({ secret: SECRET, issuer: 'us' }), nameBackend()]
    const gate: Gate = { route: { auth, guards: [isAuthenticated()] } }
    const causes: Record<string, string>[] = [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer x.y.z' },
      bearer(tokenOf({ sub: 'ada', iss: 'us' }, -60_000)),
      bearer(tokenOf({ sub: 'ada', iss: 'them' })),
      bearer(tokenOf({ iss: 'us' })),
      { 'x-user': 'wrong' },
    ]
    const { result } = await inBoth(gate, ({ exchange }) =>
      Promise.all(causes.map((headers) => exchange(upgradeRequest({ add: Object.entries(headers) })))),
    )

    expect(new Set(result).size).toBe(1)
    expect(result[0]).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    expect(result[0]).toContain('\r\nwww-authenticate: Bearer, Name\r\n')
  })
})

describe("a denial by denial: 'close'", () => {
  const TOLD = NAMES.filter((name) => DENIALS[name]?.closeCode !== undefined)

  it.each(TOLD)('accepts and closes with the code and the reason: %s', async (name) => {
    const { gate, peer, visit = first, stage, closeCode, closeReason, detail } = DENIALS[name] as Denied
    const { result, calls } = await inBoth({ ...gate, plugin: { denial: 'close' } }, (site) => visit(site, peer))

    expect(result).toEqual({
      status: 101,
      headers: { upgrade: 'websocket', connection: 'Upgrade' },
      body: '',
      close: { code: closeCode, reason: closeReason ?? detail },
    })
    expect(calls.at(-1)).toBe(`denied: ${stage}`)
  })

  it('leaves what is no upgrade to version 13 to HTTP', async () => {
    const { gate, peer, status } = DENIALS['an upgrade to another version'] as Denied
    const { result } = await inBoth({ ...gate, plugin: { denial: 'close' } }, (site) => site.knock(peer))
    expect(result.status).toBe(status)
  })

  it('is the choice of each route', async () => {
    const gate: Gate = { route: { denial: 'http' }, plugin: { denial: 'close' } }
    const { result } = await inBoth(gate, (site) => site.knock({ origin: 'https://evil.example' }))
    expect(result.status).toBe(403)
  })

  it('hands nothing that the peer sends to anybody, and counts no connection', async () => {
    const gate: Gate = { route: { maxConnections: 1 }, plugin: { denial: 'close' } }
    const { calls } = await inBoth(gate, async (site) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        await using ws = await site.open({ origin: 'https://evil.example' })
        await expect(ws.receive()).rejects.toMatchObject({ code: 4403 })
        expect(site.app.api.connections.size).toBe(0)
      }
      return site.knock()
    })
    expect(calls).toEqual([...Array.from({ length: 3 }, () => 'denied: origin'), 'handler'])
  })
})

function first(site: Site, peer: Peer | undefined): Promise<Answer> {
  return site.knock(peer)
}

async function secondWhileFirstStays(site: Site, peer: Peer | undefined): Promise<Answer> {
  await using _first = await site.open(peer)
  return site.knock(peer)
}

async function stay(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.closed
}
