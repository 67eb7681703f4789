import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { createJwt, type JwtOptions, jwtAuthentication } from '../../src/index.ts'
import { authenticate, ManualClock, NOW, SECRET, upgradeRequest } from '../fixtures.ts'
import { encode, SECONDS, sign, signText } from './tokens.ts'

const backend = jwtAuthentication({ secret: SECRET })
const TOKEN = sign({})

async function kindOf(token: string, options: JwtOptions = { secret: SECRET }): Promise<string> {
  return (await authenticate(jwtAuthentication(options), token)).kind
}

describe('a good token', () => {
  it('proves who the peer is', async () => {
    const token = sign({ permissions: ['read', 'write'], is_staff: true, is_superuser: false, org: 'acme' })
    expect(await authenticate(backend, token)).toEqual({
      kind: 'ok',
      context: {
        userId: 'ada',
        permissions: new Set(['read', 'write']),
        isStaff: true,
        isSuperuser: false,
        claims: expect.objectContaining({ sub: 'ada', org: 'acme' }),
        backend: 'jwt',
        expiresAt: NOW + 60_000,
      },
    })
  })

  it('is checked in the very turn it came in, for HMAC', () => {
    const request = upgradeRequest({ authorization: `Bearer ${TOKEN}` })
    expect(backend.authenticate(request, new ManualClock())).toMatchObject({ kind: 'ok' })
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)('may be signed with %s', async (algorithm) => {
    const token = createJwt({ sub: 'ada' }, { secret: SECRET, algorithm, clock: new ManualClock() })
    expect(await kindOf(token, { secret: SECRET, algorithms: [algorithm] })).toBe('ok')
    expect(await kindOf(token, { secret: Buffer.from(SECRET), algorithms: ['HS256', 'HS384', 'HS512'] })).toBe('ok')
    expect(await kindOf(token, { secret: createSecretKey(Buffer.from(SECRET)), algorithms: [algorithm] })).toBe('ok')
  })

  it('is one for jose, too', async () => {
    const { payload } = await jwtVerify(createJwt({ sub: 'ada' }, { secret: SECRET }), Buffer.from(SECRET))
    expect(payload.sub).toBe('ada')
  })
})

describe('where the token is looked for', () => {
  it.each([
    [undefined, 'none'],
    ['', 'none'],
    ['Basic dXNlcjpwYXNz', 'none'],
    ['bearertoken abc', 'none'],
    [TOKEN, 'none'],
    ['Bearer', 'invalid'],
    ['Bearer ', 'invalid'],
    ['Bearer  ', 'invalid'],
    [`Bearer ${TOKEN} `, 'invalid'],
    [`Bearer ${TOKEN} ${TOKEN}`, 'invalid'],
    [`Bearer ${TOKEN}, Bearer ${TOKEN}`, 'invalid'],
    [`Bearer "${TOKEN}"`, 'invalid'],
    ['Bearer null', 'invalid'],
    ['Bearer undefined', 'invalid'],
    [`Bearer\t${TOKEN}`, 'none'],
    [`bearer ${TOKEN}`, 'ok'],
    [`BEARER   ${TOKEN}`, 'ok'],
  ])('AU-01 Authorization: %s is %s', async (authorization, kind) => {
    const answer = await backend.authenticate(upgradeRequest({ authorization }), new ManualClock())
    expect(answer.kind).toBe(kind)
  })

  it('AU-01 two Authorization headers are wrong, though Node shows only the first', async () => {
    const rawHeaders = ['Authorization', `Bearer ${TOKEN}`, 'authorization', `Bearer ${TOKEN}`]
    const request = upgradeRequest({ authorization: `Bearer ${TOKEN}` }, { raw: { rawHeaders } })
    expect((await backend.authenticate(request, new ManualClock())).kind).toBe('invalid')
  })
})

describe('algorithms', () => {
  it.each(['none', 'None', 'nOnE', 'NONE', ' none', '', 'hs256', 'HS384', 'HS512', 'RS256', 'toString', '__proto__'])(
    'AU-02 alg %j is wrong, with a signature and without',
    async (alg) => {
      const claims = encode(JSON.stringify({ sub: 'ada', exp: SECONDS + 60 }))
      const header = encode(JSON.stringify({ alg }))
      expect(await kindOf(`${header}.${claims}.`)).toBe('invalid')
      expect(await kindOf(`${header}.${claims}`)).toBe('invalid')
      expect(await kindOf(sign({}, { alg }))).toBe('invalid')
    },
  )

  it.each([undefined, null, 256, ['HS256'], { name: 'HS256' }, true])('AU-02 alg of another type: %j', async (alg) => {
    expect(await kindOf(sign({}, { alg }))).toBe('invalid')
  })

  it('takes no algorithm that is not listed, even if the signature is right', async () => {
    const token = createJwt({ sub: 'ada' }, { secret: SECRET, algorithm: 'HS512', clock: new ManualClock() })
    expect(await kindOf(token)).toBe('invalid')
  })
})

describe('AU-03 an HMAC secret that is a public key', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

  it.each([
    ['PEM', pem],
    ['PEM behind blanks', ` \t\n${pem}`],
    ['PEM with CR LF', pem.replaceAll('\n', '\r\n')],
    ['PEM behind a byte order mark', `\uFEFF${pem}`],
    ['PEM of PKCS#1', publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['PEM in one line', pem.replaceAll('\n', '')],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['an OpenSSH key', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7'],
    ['a JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ['PEM as bytes', Buffer.from(pem)],
  ])('is refused when the app starts: %s', (_name, secret) => {
    expect(() => jwtAuthentication({ secret })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it('signs nothing that the backend of the key would take', async () => {
    for (const variant of [pem, pem.trim(), `${pem}\n`, pem.replaceAll('\n', '\r\n')]) {
      const signingInput = `${encode('{"alg":"HS256"}')}.${encode(JSON.stringify({ sub: 'eve', exp: SECONDS + 60 }))}`
      const signature = createHmac('sha256', variant).update(signingInput).digest('base64url')
      expect(await kindOf(`${signingInput}.${signature}`, { publicKey, algorithms: ['RS256'] })).toBe('invalid')
    }
  })
})

describe('the header', () => {
  it.each(['jku', 'x5u'])('AU-05 ignores %s', async (name) => {
    expect(await kindOf(sign({}, { [name]: 'https://evil.example/keys' }))).toBe('ok')
  })

  it('AU-05 does not verify with a key that the token brings along', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = publicKey.export({ format: 'jwk' })
    const own = 'a secret of the attacker, also long enough'
    for (const header of [{ jwk }, { jwk: { kty: 'oct', k: encode(own) } }, { x5c: ['MIIB'] }]) {
      expect(await kindOf(sign({}, header, own))).toBe('invalid')
    }
  })

  it.each([[['x']], [[]], ['x'], [null], [{}], [['exp']], [['b64']]])(
    'AU-07 crit is not understood: %j',
    async (crit) => {
      expect(await kindOf(sign({}, { crit, b64: true }))).toBe('invalid')
    },
  )

  it.each(['../../dev/null', "'OR1=1", '__proto__', 'constructor'])('AU-04 kid %j does nothing', async (kid) => {
    expect(await kindOf(sign({}, { kid }))).toBe('ok')
  })

  it.each(["' OR 1=1", '', 'a\u0000b', 'ключ', 'a'.repeat(257), 5, null, ['a'], {}])(
    'AU-04 kid %j is wrong',
    async (kid) => {
      expect(await kindOf(sign({}, { kid }))).toBe('invalid')
    },
  )
})

describe('AU-08 claims', () => {
  const at = (leeway: number) => ({ secret: SECRET, leeway })
  const iss = { secret: SECRET, issuer: 'https://a.example' }
  const aud = { secret: SECRET, audience: ['chat', 'push'] }
  const none = undefined

  it.each<[string, object, JwtOptions, 'ok' | 'invalid']>([
    ['exp is missing', { exp: none }, at(0), 'invalid'],
    ['exp is missing, and need not be there', { exp: none }, { secret: SECRET, requireExpiry: false }, 'ok'],
    ['exp is a text', { exp: String(SECONDS + 60) }, at(0), 'invalid'],
    ['exp is null', { exp: null }, at(0), 'invalid'],
    ['exp is null, and need not be there', { exp: null }, { secret: SECRET, requireExpiry: false }, 'invalid'],
    ['exp is true', { exp: true }, at(0), 'invalid'],
    ['exp is a list', { exp: [SECONDS + 60] }, at(0), 'invalid'],
    ['exp is in a second', { exp: SECONDS + 1 }, at(0), 'ok'],
    ['exp is now', { exp: SECONDS }, at(0), 'invalid'],
    ['exp was just now', { exp: SECONDS - 0.001 }, at(0), 'invalid'],
    ['exp was 4.999 s ago', { exp: SECONDS - 4.999 }, at(5_000), 'ok'],
    ['exp was 5 s ago', { exp: SECONDS - 5 }, at(5_000), 'invalid'],
    ['exp was 5.001 s ago', { exp: SECONDS - 5.001 }, at(5_000), 'invalid'],
    ['exp was 4 s ago, leeway by default', { exp: SECONDS - 4 }, { secret: SECRET }, 'ok'],
    ['exp was 6 s ago, leeway by default', { exp: SECONDS - 6 }, { secret: SECRET }, 'invalid'],
    ['exp is negative', { exp: -1 }, at(0), 'invalid'],
    ['nbf is now', { nbf: SECONDS }, at(0), 'ok'],
    ['nbf is in a moment', { nbf: SECONDS + 0.001 }, at(0), 'invalid'],
    ['nbf is within the leeway', { nbf: SECONDS + 5 }, at(5_000), 'ok'],
    ['nbf is beyond the leeway', { nbf: SECONDS + 5.001 }, at(5_000), 'invalid'],
    ['nbf is a text', { nbf: '0' }, at(0), 'invalid'],
    ['nbf is null', { nbf: null }, at(0), 'invalid'],
    ['iat was long ago', { iat: 1 }, at(0), 'ok'],
    ['iat is within the leeway', { iat: SECONDS + 5 }, at(5_000), 'ok'],
    ['iat is beyond the leeway', { iat: SECONDS + 6 }, at(5_000), 'invalid'],
    ['iat is a text', { iat: '1' }, at(0), 'invalid'],
    ['iss is right', { iss: 'https://a.example' }, iss, 'ok'],
    ['iss is missing', {}, iss, 'invalid'],
    ['iss is another', { iss: 'https://b.example' }, iss, 'invalid'],
    ['iss has a slash more', { iss: 'https://a.example/' }, iss, 'invalid'],
    ['iss is a list', { iss: ['https://a.example'] }, iss, 'invalid'],
    ['iss is one of several', { iss: 'b' }, { secret: SECRET, issuer: ['a', 'b'] }, 'ok'],
    ['aud is right', { aud: 'chat' }, aud, 'ok'],
    ['aud has the right one', { aud: ['x', 'push'] }, aud, 'ok'],
    ['aud is missing', {}, aud, 'invalid'],
    ['aud is another', { aud: 'cha' }, aud, 'invalid'],
    ['aud is empty', { aud: [] }, aud, 'invalid'],
    ['aud has a number', { aud: ['chat', 5] }, aud, 'invalid'],
    ['aud is an object', { aud: { chat: true } }, aud, 'invalid'],
    ['sub is a number', { sub: 5 }, at(0), 'invalid'],
    ['sub is empty', { sub: '' }, at(0), 'invalid'],
    ['sub is missing', { sub: none }, at(0), 'ok'],
    ['a claim is required and there', { org: 'x' }, { secret: SECRET, requiredClaims: ['org'] }, 'ok'],
    ['a claim is required and missing', {}, { secret: SECRET, requiredClaims: ['org'] }, 'invalid'],
    ['a claim is required and null', { org: null }, { secret: SECRET, requiredClaims: ['org'] }, 'invalid'],
    ['a claim is required that objects inherit', {}, { secret: SECRET, requiredClaims: ['toString'] }, 'invalid'],
  ])('%s', async (_name, claims, options, kind) => {
    expect(await kindOf(sign(claims), options)).toBe(kind)
  })
})

describe('AU-09 malleability', () => {
  const [header = '', claims = '', signature = ''] = TOKEN.split('.')

  it.each([
    ['nothing', ''],
    ['padding', `${TOKEN}=`],
    ['padded parts', `${header}=.${claims}==.${signature}=`],
    ['a blank after', `${TOKEN} `],
    ['a line break within', `${header}.${claims}.${signature.slice(0, 10)}\n${signature.slice(10)}`],
    ['the other alphabet', `${header}.${claims}.${signature.replace(/[-_]/g, '+')}/`],
    ['a dot more', `${TOKEN}.`],
    ['a dot before', `.${TOKEN}`],
    ['a part more', `${TOKEN}.${signature}`],
    ['five parts, as a JWE has', `${header}.${claims}.${signature}.${signature}.${signature}`],
    ['a byte more', `${TOKEN}A`],
    ['four letters more', `${TOKEN}AAAA`],
    ['a letter less', TOKEN.slice(0, -1)],
    ['no signature', `${header}.${claims}.`],
    ['the signature only', `..${signature}`],
    ['a NUL', `${TOKEN}\u0000`],
    ['an em dash', `${TOKEN}—`],
    ['a header name twice', signText('{"alg":"none","alg":"HS256"}', JSON.stringify({ exp: SECONDS + 60 }))],
    [
      'an escaped header name twice',
      signText('{"\\u0061lg":"none","alg":"HS256"}', JSON.stringify({ exp: SECONDS + 60 })),
    ],
    ['a claim twice', signText('{"alg":"HS256"}', `{"sub":"ada","sub":"eve","exp":${SECONDS + 60}}`)],
    ['a nested claim twice', signText('{"alg":"HS256"}', `{"a":[{"b":1,"b":2}],"exp":${SECONDS + 60}}`)],
    ['claims that are a list', signText('{"alg":"HS256"}', `[{"exp":${SECONDS + 60}}]`)],
    ['claims that are null', signText('{"alg":"HS256"}', 'null')],
    ['claims that are no JSON', signText('{"alg":"HS256"}', `{"exp":${SECONDS + 60}`)],
    ['claims behind a byte order mark', signText('{"alg":"HS256"}', `\uFEFF{"exp":${SECONDS + 60}}`)],
    ['a header that is a list', signText('["HS256"]', `{"exp":${SECONDS + 60}}`)],
    ['a header that is nested deeply', signText('['.repeat(3_000) + ']'.repeat(3_000), `{"exp":${SECONDS + 60}}`)],
  ])('%s is wrong', async (_name, token) => {
    const answer = await backend.authenticate(upgradeRequest({ authorization: `Bearer ${token}` }), new ManualClock())
    expect(answer.kind).toBe('invalid')
  })

  it('refuses every token in which a letter was changed', async () => {
    const letters = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. %\u0000é')
    await fc.assert(
      fc.asyncProperty(fc.nat(TOKEN.length - 1), letters, async (index, letter) => {
        fc.pre(TOKEN[index] !== letter)
        expect(await kindOf(TOKEN.slice(0, index) + letter + TOKEN.slice(index + 1))).toBe('invalid')
      }),
      { numRuns: 500 },
    )
  })

  it('counts no colon in a text as a name', async () => {
    const claims = JSON.stringify({ exp: SECONDS + 60, 'a:"b': 'c:\\"d:', list: [{ a: 1 }, { a: 2 }], nothing: null })
    expect(await kindOf(signText('{"alg":"HS256"}', claims))).toBe('ok')
  })

  it('agrees with jose on generated tokens', async () => {
    const claims = fc.record(
      {
        sub: fc.oneof(fc.string({ minLength: 1 }), fc.constant('ada')),
        exp: fc.oneof(fc.integer({ min: SECONDS - 3, max: SECONDS + 3 }), fc.string(), fc.constant(null)),
        nbf: fc.integer({ min: SECONDS - 3, max: SECONDS + 3 }),
        aud: fc.oneof(fc.constantFrom('chat', 'x'), fc.array(fc.constantFrom('chat', 'x'))),
      },
      { requiredKeys: ['exp'] },
    )
    const secrets = fc.constantFrom(SECRET, 'another secret of at least thirty-two bytes')
    const options = { secret: SECRET, audience: 'chat', leeway: 1_000 }
    await fc.assert(
      fc.asyncProperty(claims, secrets, async (given, secret) => {
        const token = signText('{"alg":"HS256"}', JSON.stringify(given), secret)
        const theirs = await jwtVerify(token, Buffer.from(SECRET), {
          algorithms: ['HS256'],
          audience: 'chat',
          clockTolerance: 1,
          currentDate: new Date(NOW),
          requiredClaims: ['exp'],
        }).then(
          () => 'ok',
          () => 'invalid',
        )
        expect(await kindOf(token, options)).toBe(theirs)
      }),
      { numRuns: 200 },
    )
  })
})

describe('size', () => {
  it('AU-10 refuses what is longer than 8 KB without taking it apart', async () => {
    const longest = 8_192
    const fitting = sign({ pad: 'x'.repeat(5_000) })
    expect(fitting.length).toBeLessThan(longest)
    expect(await kindOf(fitting)).toBe('ok')
    expect(await authenticate(backend, sign({ pad: 'x'.repeat(7_000) }))).toEqual({
      kind: 'invalid',
      reason: 'malformed: too long',
    })
    expect(await authenticate(backend, 'a'.repeat(1_000_000))).toMatchObject({ kind: 'invalid' })
    expect(await backend.authenticateToken?.('a'.repeat(8_193), upgradeRequest(), new ManualClock())).toMatchObject({
      kind: 'invalid',
    })
  })
})

describe('what the context is made of', () => {
  async function contextOf(claims: object, options: Partial<JwtOptions> = {}) {
    const answer = await authenticate(jwtAuthentication({ secret: SECRET, ...options }), sign(claims))
    return answer.kind === 'ok' ? answer.context : undefined
  }

  it('takes other claims by name, and all of them by function', async () => {
    const context = await contextOf(
      { uid: 'u7', scope: 'read  write', realm: { roles: ['staff'] }, root: true },
      {
        claims: {
          userId: 'uid',
          permissions: 'scope',
          isStaff: ({ realm }) => (realm as { roles: string[] }).roles.includes('staff'),
          isSuperuser: 'root',
        },
      },
    )
    expect(context).toMatchObject({ userId: 'u7', isStaff: true, isSuperuser: true })
    expect(context?.permissions).toEqual(new Set(['read', 'write']))
  })

  it.each([1, 'true', {}, ['x'], null])('AU-22 takes nothing but true for a right: %j', async (value) => {
    expect(await contextOf({ is_staff: value, is_superuser: value })).toMatchObject({
      isStaff: false,
      isSuperuser: false,
    })
  })

  it.each([
    [
      ['a', 5, null, 'b'],
      ['a', 'b'],
    ],
    [{ a: true }, []],
    [5, []],
    [null, []],
    ['', []],
  ])('takes only texts for permissions: %j', async (permissions, taken) => {
    expect([...((await contextOf({ permissions }))?.permissions ?? [])]).toEqual(taken)
  })

  it('AU-22 finds no claim on the prototype of objects', async () => {
    const names = { userId: 'constructor', permissions: 'toString', isStaff: '__proto__', isSuperuser: 'valueOf' }
    expect(await contextOf({}, { claims: names })).toMatchObject({ userId: null, isStaff: false, isSuperuser: false })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('AU-22 cannot be altered', async () => {
    const context = await contextOf({ permissions: ['read'], org: { id: 1 } })
    expect(Object.isFrozen(context)).toBe(true)
    expect(Object.isFrozen(context?.claims)).toBe(true)
    expect(Object.isFrozen(context?.claims.org)).toBe(true)
    expect(() => (context as { permissions: Set<string> } | undefined)?.permissions.add('write')).toThrow(TypeError)
  })

  it('AU-11 gives each of many alike tokens its own claims', async () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => [
      String(10_000 + index),
      sign({ sub: String(10_000 + index) }),
    ])
    const request = (token: string) => upgradeRequest({ authorization: `Bearer ${token}` })
    const clock = new ManualClock()
    for (const [userId, token = ''] of [...tokens, ...tokens]) {
      expect(backend.authenticate(request(token), clock)).toMatchObject({ context: { userId } })
    }
  })
})

describe('revocation', () => {
  const revoking = (isRevoked: (jti: string) => unknown) =>
    jwtAuthentication({ secret: SECRET, revocation: { isRevoked: isRevoked as never } })

  it.each([
    [false, 'ok'],
    [true, 'invalid'],
    [Promise.resolve(false), 'ok'],
    [Promise.resolve(true), 'invalid'],
    [undefined, 'invalid'],
    [0, 'invalid'],
    [Promise.resolve(undefined), 'invalid'],
  ])('AU-21 takes only false for a no: %s', async (answer, kind) => {
    expect(
      (
        await authenticate(
          revoking(() => answer),
          sign({ jti: 't1' }),
        )
      ).kind,
    ).toBe(kind)
  })

  it.each([undefined, null, '', 5, ['t1']])('AU-21 needs a jti: %j', async (jti) => {
    expect(
      (
        await authenticate(
          revoking(() => false),
          sign({ jti }),
        )
      ).kind,
    ).toBe('invalid')
  })

  it('AU-19 does not swallow that the store failed', async () => {
    const broken = revoking(() => Promise.reject(new Error('down')))
    await expect(authenticate(broken, sign({ jti: 't1' }))).rejects.toThrow('down')
  })

  it('is not asked about a token that is wrong anyway', async () => {
    let asked = 0
    await authenticate(
      revoking(() => ++asked),
      sign({ jti: 't1', exp: SECONDS - 60 }),
    )
    expect(asked).toBe(0)
  })
})

describe('options', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

  it.each<[string, unknown]>([
    ['no key', {}],
    ['a secret that is undefined', { secret: undefined }],
    ['two keys', { secret: SECRET, publicKey, algorithms: ['RS256'] }],
    ['an empty secret', { secret: '' }],
    ['a private key for a secret', { secret: privateKey }],
    ['a public key with HMAC', { publicKey, algorithms: ['HS256'] }],
    ['a public key with HMAC among others', { publicKey, algorithms: ['RS256', 'HS256'] }],
    ['a secret with RSA', { secret: SECRET, algorithms: ['RS256'] }],
    ['a secret with RSA among others', { secret: SECRET, algorithms: ['HS256', 'RS256'] }],
    ['a public key without algorithms', { publicKey }],
    ['two families', { publicKey, algorithms: ['RS256', 'ES256'] }],
    ['no algorithms', { secret: SECRET, algorithms: [] }],
    ['none', { secret: SECRET, algorithms: ['none'] }],
    ['an unknown algorithm', { secret: SECRET, algorithms: ['HS1'] }],
    ['an inherited name for an algorithm', { secret: SECRET, algorithms: ['toString'] }],
    ['a private key for a public one', { publicKey: privateKey, algorithms: ['RS256'] }],
    [
      'a private PEM for a public one',
      { publicKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), algorithms: ['RS256'] },
    ],
    ['a key that cannot be read', { publicKey: 'abc', algorithms: ['RS256'] }],
    ['a key of another type', { publicKey: elliptic, algorithms: ['RS256'] }],
    ['a key of another curve', { publicKey: elliptic, algorithms: ['ES384'] }],
    ['a short RSA key', { publicKey: weak, algorithms: ['RS256'] }],
    ['a leeway above a minute', { secret: SECRET, leeway: 60_001 }],
    ['a negative leeway', { secret: SECRET, leeway: -1 }],
    ['a leeway in words', { secret: SECRET, leeway: '5s' }],
    ['an endless grace', { secret: SECRET, expiryGrace: Infinity }],
    ['an empty issuer', { secret: SECRET, issuer: '' }],
    ['an empty list of audiences', { secret: SECRET, audience: [] }],
    ['a number for an audience', { secret: SECRET, audience: [5] }],
    ['a store without isRevoked', { secret: SECRET, revocation: {} }],
    ['no sources', { secret: SECRET, sources: [] }],
    ['an unknown source', { secret: SECRET, sources: ['body'] }],
    ['a source with two names', { secret: SECRET, sources: [{ cookie: 'a', query: 'b' }] }],
    ['a source without a name', { secret: SECRET, sources: [{ query: '' }] }],
    ['key sets over http', { jwks: 'http://login.example/keys', algorithms: ['RS256'] }],
    ['key sets from a file', { jwks: 'file:///etc/keys', algorithms: ['RS256'] }],
    ['a key set that is none', { jwks: { keys: 5 }, algorithms: ['RS256'] }],
    ['a key set with HMAC', { jwks: 'https://login.example/keys', algorithms: ['HS256'] }],
  ])('refuses %s', (_name, options) => {
    expect(() => jwtAuthentication(options as JwtOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  })

  it('GD-08 refuses a name that it does not know', () => {
    expect(() => jwtAuthentication({ secret: SECRET, algorithm: ['HS256'] } as JwtOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }),
    )
  })

  it.each<[JwtOptions, readonly string[]]>([
    [{ secret: SECRET }, []],
    [{ secret: 'short' }, ['SLUICE_WARN_SHORT_SECRET']],
    [{ secret: 'x'.repeat(32), algorithms: ['HS512'] }, ['SLUICE_WARN_SHORT_SECRET']],
    [{ secret: SECRET, requireExpiry: false }, ['SLUICE_WARN_NO_EXPIRY_REQUIRED']],
    [{ secret: SECRET, sources: [{ query: 'token' }] }, ['SLUICE_WARN_QUERY_CREDENTIALS']],
  ])('warns of what is legal and dangerous: %#', (options, warnings) => {
    expect(jwtAuthentication(options).warnings).toEqual(warnings)
  })
})
