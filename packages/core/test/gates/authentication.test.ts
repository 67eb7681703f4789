import { apiKeyAuthentication, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { type AuthBackend, createAuthContext } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { bearer, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, inBoth, knock, knocks, openGate, type Peer } from './support/gate.ts'
import { CLAIMS, encode, hmac, jwtGate, tokenPeer } from './support/tokens.ts'

const UNAUTHENTICATED = '{"detail":"Authentication required","code":"ERR_NOT_AUTHENTICATED"}'

describe('in both transports, byte for byte', () => {
  it('AU-01 no credential, another scheme, a malformed one and two of them are one and the same 401', async () => {
    const good = tokenOf(CLAIMS)
    const shapes = [
      [],
      [''],
      ['Bearer'],
      ['Bearer '],
      [`Basic ${Buffer.from('ada:lovelace').toString('base64')}`],
      [good],
      [`Token ${good}`],
      [`Bearer${good}`],
      [`Bearer "${good}"`],
      [`Bearer ${good} ${good}`],
      [`Bearer ${good}, Bearer ${good}`],
      ['Bearer null'],
      ['Bearer undefined'],
      ['Bearer [object Object]'],
      [`Bearer ${good}`, `Bearer ${good}`],
      [`Bearer ${good}`, ''],
    ]
    const requests = shapes.map((values) => upgradeRequest({ add: values.map((value) => ['Authorization', value]) }))
    const { result } = await inBoth(jwtGate(), async ({ exchange }) => {
      const answers: string[] = []
      for (const request of requests) answers.push(await exchange(request))
      return answers
    })

    expect(new Set(result).size).toBe(1)
    expect(result[0]).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    expect(result[0]).toContain('www-authenticate: Bearer\r\n')
    expect(result[0]).toContain(UNAUTHENTICATED)
    expect((await knock(jwtGate(), { headers: { authorization: `bearer ${good}` } })).status).toBe(101)
  })

  it('AU-17 wrong keys of any likeness are one and the same 401', async () => {
    const keys = { reports: 'sk-reports-0123456789', admin: 'sk-admin-0123456789' }
    const gate: Gate = { route: { auth: [apiKeyAuthentication({ keys })], guards: [isAuthenticated()] } }
    const wrong = [
      'sk-reports-012345678',
      'sk-reports-0123456788',
      'xk-reports-0123456789',
      'sk',
      'reports',
      'a'.repeat(5_000),
    ]
    const answers = await knocks(
      gate,
      wrong.map((key) => ({ headers: { 'x-api-key': key } })),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': 'ApiKey' }, body: UNAUTHENTICATED })

    const [good] = await knocks(gate, [{ headers: { 'x-api-key': keys.reports } }])
    expect(good).toMatchObject({ status: 101, body: '{"userId":"reports","params":{}}' })
  })

  it('AU-18 a key counts in its own header only, once, and in one piece', async () => {
    const key = 'sk-reports-0123456789'
    const gate: Gate = {
      route: { auth: [apiKeyAuthentication({ keys: { reports: key } })], guards: [isAuthenticated()] },
    }
    const peers: Peer[] = [
      { headers: { 'x-api-key': [key, key] } },
      { headers: { 'x-api-key': `${key}, ${key}` } },
      { headers: { 'x-api-key': ', ' } },
      { headers: { 'x-api-key': '' } },
      { headers: { 'x-api-key': 'Bearer ' } },
      { headers: { authorization: `Bearer ${key}` } },
      { headers: { 'x-apikey': key } },
      { query: { 'x-api-key': key } },
      { cookies: { 'x-api-key': key } },
    ]
    expect((await knocks(gate, peers)).map(({ status }) => status)).toEqual(peers.map(() => 401))
    const accepted: Peer[] = [{ headers: { 'x-api-key': key } }, { headers: { 'x-api-key': `ApiKey ${key}` } }]
    expect((await knocks(gate, accepted)).map(({ status }) => status)).toEqual([101, 101])
    for (const wrong of ['', ' ', 'k\u00e9y', ['a'] as never]) {
      expect(() => apiKeyAuthentication({ keys: { wrong } })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
      )
    }
  })
})

describe('AU-15 a token in the query string', () => {
  it('is off unless a source says so', async () => {
    const [answer] = await knocks(jwtGate(), [{ query: { token: tokenOf(CLAIMS), access_token: tokenOf(CLAIMS) } }])
    expect(answer?.status).toBe(401)
  })

  it.each(['memory', 'socket'] as const)(
    'over %s it comes in, and is nowhere in what is written down',
    async (transport) => {
      const site = await openGate(jwtGate({ secret: SECRET, sources: [{ query: 'token' }] }), transport)
      const good = tokenOf(CLAIMS)
      const wrong = hmac({}, CLAIMS, 'the secret of somebody else')
      const answers = [
        await site.knock({ target: `/ws?room=7&token=${good}` }),
        await site.knock({ target: `/ws?%74oken=${wrong}` }),
        await site.knock({ target: `/ws?token=${wrong}`, origin: 'https://evil.example' }),
        await site.knock({ target: `/ws?token=${wrong}`, headers: { 'sec-websocket-version': '8' } }),
      ]

      expect(answers.map(({ status }) => status)).toEqual([101, 401, 403, 426])
      const written = site.log.join('') + JSON.stringify(answers)
      for (const token of [good, wrong]) expect(written).not.toContain(token.slice(-20))
      expect(written).toContain('/ws?room=7&token=redacted')
    },
  )
})

describe('AU-16 a token among the subprotocols', () => {
  const token = tokenOf(CLAIMS)
  const encoded = Buffer.from(token).toString('base64url')
  const gate: Gate = {
    route: {
      auth: [jwtAuthentication({ secret: SECRET, sources: ['subprotocol'] })],
      guards: [isAuthenticated()],
      subprotocols: ['chat'],
    },
  }

  it.each([
    ['first', ['bearer', token, 'chat']],
    ['last', ['chat', 'bearer', token]],
    ['in one name', ['chat', `bearer.${token}`]],
    ['encoded', [`bearer.${encoded}`, 'chat']],
    ['as Kubernetes has it', [`base64url.bearer.authorization.k8s.io.${encoded}`, 'chat']],
  ])('is read and never echoed: %s', async (_name, offered) => {
    const close = encodeFrame(Opcode.CLOSE, '', { mask: true }).toString('latin1')
    const { result } = await inBoth(gate, ({ exchange }) =>
      exchange(upgradeRequest({ add: [['Sec-WebSocket-Protocol', offered.join(', ')]] }) + close),
    )
    expect(result).toMatch(/^HTTP\/1\.1 101 /)
    expect(result).toMatch(/\r\nsec-websocket-protocol: chat\r\n/i)
    expect(result).not.toContain(token)
    expect(result).not.toContain(encoded)
  })

  it('is never echoed, not even where it is all that was offered, or wrong', async () => {
    const peers = [['bearer', token], [`bearer.${encoded}`], ['bearer', 'x.y.z', 'chat']]
    const answers = await knocks(
      gate,
      peers.map((subprotocols) => ({ subprotocols })),
    )
    expect(answers.map(({ status, headers }) => [status, headers['sec-websocket-protocol']])).toEqual([
      [101, undefined],
      [101, undefined],
      [401, undefined],
    ])
    const told = await knocks({ ...gate, plugin: { denial: 'close' } }, [{ subprotocols: ['bearer', 'x.y.z', 'chat'] }])
    expect(told[0]).toMatchObject({ headers: { 'sec-websocket-protocol': 'chat' }, close: { code: 4401 } })
  })
})

describe('over a socket', () => {
  it('AU-10 a token above 8 KB is not taken apart, and one that Node cannot carry is 431', async () => {
    const site = await openGate(jwtGate())
    for (const [length, status] of [
      [8_193, 401],
      [15_000, 401],
      [20_000, 431],
    ] as const) {
      const request = upgradeRequest({ add: [['Authorization', `Bearer ${'a'.repeat(length)}`]] })
      expect(await site.exchange(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    }
    const encrypted = [encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128CBC-HS256', p2c: 1e9 }), 'a', 'b', 'c', 'd'].join(
      '.',
    )
    const zipped = hmac({ zip: 'DEF', alg: 'PBES2-HS256+A128KW', p2c: 1e9 })
    for (const token of [encrypted, zipped]) expect((await site.knock(tokenPeer(token))).status).toBe(401)
  })

  const NONSENSE: Readonly<Record<string, () => unknown>> = {
    'answers undefined': () => undefined,
    'answers null': () => null,
    'answers true': () => true,
    'answers a text': () => 'ok',
    'answers an unknown kind': () => ({ kind: 'yes', context: createAuthContext({ userId: 'eve', backend: 'x' }) }),
    'answers ok without a context': () => ({ kind: 'ok' }),
    'answers ok with half a context': () => ({ kind: 'ok', context: { userId: 'eve' } }),
    'answers ok with a numeric user': () => ({
      kind: 'ok',
      context: { ...createAuthContext({ userId: 'eve', backend: 'x' }), userId: 1 },
    }),
    throws: () => fail(),
    rejects: () => Promise.reject(new Error('secret')),
    'answers nonsense later': () => Promise.resolve('ok'),
  }

  it.each(Object.keys(NONSENSE))(
    'AU-19 a backend that %s lets nobody in, and nobody else is asked to',
    async (name) => {
      const broken = { name: 'broken', challenge: 'X', authenticate: NONSENSE[name] } as unknown as AuthBackend
      const site = await openGate((note) => ({ route: { auth: [broken, nameBackend(note)] } }))
      const answer = await site.knock({ headers: { 'x-user': 'ada' } })
      expect(answer.status).toBe(503)
      expect(answer.body).not.toContain('secret')
      expect(site.calls).toEqual(['denied: authentication'])
    },
  )

  it('AU-20 the first backend that proves somebody wins, and a wrong credential never falls through to nobody', async () => {
    const auth = [jwtAuthentication({ secret: SECRET }), nameBackend()]
    const site = await openGate({ route: { auth } })
    const right = bearer(tokenOf(CLAIMS))
    const wrong = bearer('x.y.z')
    const bodyOf = async (headers: Record<string, string>) => (await site.knock({ headers })).body
    expect(await bodyOf({})).toContain('"userId":null')
    expect(await bodyOf({ ...right, 'x-user': 'bob' })).toContain('"userId":"ada"')
    expect(await bodyOf({ ...wrong, 'x-user': 'bob' })).toContain('"userId":"bob"')
    expect(await bodyOf({ ...right, 'x-user': 'wrong' })).toContain('"userId":"ada"')
    expect(await bodyOf(wrong)).toBe(UNAUTHENTICATED)
    expect(await bodyOf({ ...wrong, 'x-user': 'wrong' })).toBe(UNAUTHENTICATED)
  })

  it('AU-22 a handler cannot make itself somebody else', async () => {
    const site = await openGate({
      route: { auth: [jwtAuthentication({ secret: SECRET })] },
      async handler(ws) {
        const auth = ws.auth as unknown as {
          userId: string
          permissions: Set<string>
          claims: { sub: string; roles: string[] }
        }
        const attempts = [
          () => Object.assign(ws, { auth: null }),
          () => Object.assign(auth, { userId: 'root' }),
          () => auth.permissions.add('write'),
          () => Object.assign(auth.claims, { sub: 'root' }),
          () => auth.claims.roles.push('root'),
        ]
        const refused = attempts.filter((attempt) => throws(attempt)).length
        await ws.accept()
        await ws.sendJson([refused, ws.auth?.userId, ws.auth?.claims, [...(ws.auth?.permissions ?? [])]])
      },
    })
    const { body } = await site.knock(tokenPeer(hmac({}, { ...CLAIMS, roles: ['reader'] })))
    expect(JSON.parse(body)).toEqual([5, 'ada', { ...CLAIMS, roles: ['reader'] }, []])
  })
})

function throws(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch {
    return true
  }
}

function fail(): never {
  throw new Error('secret')
}
