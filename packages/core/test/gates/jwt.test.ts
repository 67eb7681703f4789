import { generateKeyPairSync, type KeyObject, sign as signWith } from 'node:crypto'
import { type JwtOptions, jwtAuthentication } from '@sluice/auth'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SECRET } from './support/credentials.ts'
import { knock, knocks, openGate } from './support/gate.ts'
import { CLAIMS, encode, hmac, jwtGate, NOW, tokenPeer } from './support/tokens.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe('a JSON Web Token, in both transports', () => {
  it('AU-02 alg none in every spelling, no alg and no signature', async () => {
    const algorithms = ['none', 'None', 'nOnE', 'NONE', '', undefined, null, 0, 256, true, ['HS256'], { name: 'HS256' }]
    const unsigned = ['none', 'HS256'].flatMap((alg) => [
      `${encode({ alg })}.${encode(CLAIMS)}.`,
      `${encode({ alg })}.${encode(CLAIMS)}`,
    ])
    await expectDenied([...algorithms.map((alg) => hmac({ alg })), ...unsigned])
  })

  it('AU-03 an HMAC under the public key of the verifier', async () => {
    const options: JwtOptions = { publicKey: PEM, algorithms: ['RS256'] }
    const keys = [
      PEM,
      PEM.trim(),
      PEM.replaceAll('\n', '\r\n'),
      `\uFEFF${PEM}`,
      publicKey.export({ type: 'spki', format: 'der' }),
    ]
    await expectDenied(
      keys.flatMap((key) => ['HS256', 'RS256'].map((alg) => hmac({ alg }, CLAIMS, key))),
      options,
    )
    expect((await knock(jwtGate(options), tokenPeer(rsa({ alg: 'RS256' })))).status).toBe(101)
    for (const secret of [PEM, ` \n${PEM}`, PEM.replaceAll('\n', '\r\n'), `\uFEFF${PEM}`]) {
      expect(() => jwtAuthentication({ secret })).toThrow(/public or private key/)
    }
  })

  it('AU-04 a kid leads nowhere but to a key of the set', async () => {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }
    const options: JwtOptions = { jwks: { keys: [jwk] }, algorithms: ['RS256'] }
    const kids = [
      '../../dev/null',
      "' OR 1=1",
      '__proto__',
      'constructor',
      'toString',
      'two',
      'ONE',
      'one ',
      '',
      1,
      ['one'],
      null,
      {},
      'a'.repeat(257),
    ]
    await expectDenied(
      kids.map((kid) => rsa({ alg: 'RS256', kid })),
      options,
    )
    expect((await knock(jwtGate(options), tokenPeer(rsa({ alg: 'RS256', kid: 'one' })))).status).toBe(101)
  })

  it('AU-05 a key that the token brings along', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = stranger.publicKey.export({ format: 'jwk' })
    const headers = [
      { jwk },
      { jku: 'https://evil.example/keys.json' },
      { x5u: 'https://evil.example/certificate.pem' },
      { x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
    ]
    await expectDenied(
      headers.map((header) => rsa({ alg: 'RS256', ...header }, CLAIMS, stranger.privateKey)),
      { publicKey: PEM, algorithms: ['RS256'] },
    )
  })

  it('AU-07 a crit header, whatever is in it', async () => {
    const values = [['x'], [], ['b64'], ['exp'], 'x', 1, null, {}]
    await expectDenied(values.map((crit) => hmac({ crit, b64: true, x: 1 })))
  })

  it.each([
    ['exp is over, within the leeway', { exp: NOW - 4 }, 101],
    ['exp is over, at the leeway', { exp: NOW - 5 }, 401],
    ['exp is over, beyond the leeway', { exp: NOW - 6 }, 401],
    ['exp is missing', { exp: undefined }, 401],
    ['exp is null', { exp: null }, 401],
    ['exp is text', { exp: String(NOW + 60) }, 401],
    ['exp is a date', { exp: '2026-01-01T00:01:00Z' }, 401],
    ['exp is a list', { exp: [NOW + 60] }, 401],
    ['exp is beyond all numbers', 'exp: 1e400', 401],
    ['nbf is to come, within the leeway', { nbf: NOW + 5 }, 101],
    ['nbf is to come, beyond the leeway', { nbf: NOW + 6 }, 401],
    ['nbf is text', { nbf: '0' }, 401],
    ['iat is to come, within the leeway', { iat: NOW + 5 }, 101],
    ['iat is to come, beyond the leeway', { iat: NOW + 6 }, 401],
    ['iss is ours', { iss: 'https://login.example' }, 101],
    ['iss is missing', { iss: undefined }, 401],
    ['iss is longer', { iss: 'https://login.example/' }, 401],
    ['iss is a list', { iss: ['https://login.example'] }, 401],
    ['aud is ours', { aud: 'chat' }, 101],
    ['aud has us among it', { aud: ['mail', 'chat'] }, 101],
    ['aud is another', { aud: 'mail' }, 401],
    ['aud is missing', { aud: undefined }, 401],
    ['aud is an empty list', { aud: [] }, 401],
    ['aud has a number among it', { aud: ['chat', 1] }, 401],
    ['aud is an object', { aud: { chat: true } }, 401],
    ['sub is a number', { sub: 1 }, 401],
    ['sub is empty', { sub: '' }, 401],
    ['sub is a list', { sub: ['ada'] }, 401],
  ])('AU-08 claims: %s', async (_name, claims, status) => {
    const options: JwtOptions = { secret: SECRET, issuer: 'https://login.example', audience: 'chat' }
    const good = { ...CLAIMS, iss: 'https://login.example', aud: 'chat' }
    const text =
      typeof claims === 'string'
        ? '{"sub":"ada","iss":"https://login.example","aud":"chat","exp":1e400}'
        : JSON.stringify({ ...good, ...claims })
    expect((await knock(jwtGate(options), tokenPeer(hmac({}, text)))).status).toBe(status)
  })

  it('AU-09 another spelling of a good token', async () => {
    const good = hmac({})
    const [header = '', claims = '', signature = ''] = good.split('.')
    await expectDenied([
      `${good}=`,
      `${good}.`,
      `.${good}`,
      `${good}.${signature}`,
      `${header}=.${claims}.${signature}`,
      `${header}.${claims}..${signature}`,
      `${header}.${claims}.${signature}AA`,
      `${header}.${claims}.${signature.slice(0, -1)}`,
      `${header}.${claims}.${lastBitFlipped(signature)}`,
      `${header}.${claims}.${signature.slice(0, 5)}\t${signature.slice(5)}`,
      good.replaceAll('-', '+').replaceAll('_', '/').concat('+/'),
      hmac({}, '{"sub":"eve","sub":"ada","exp":1e12}'),
      hmac({}, '{"sub":"ada","exp":1e12,"exp":1e12}'),
      hmac('{"alg":"none","alg":"HS256"}'),
      hmac({}, '["ada"]'),
      hmac({}, '"ada"'),
      hmac({}, 'null'),
      hmac({}, '{'),
    ])
  })

  it('AU-09 a good token with any one character changed', async () => {
    const site = await openGate(jwtGate(), 'memory')
    const good = hmac({})
    const changed = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...'AZaz09-_.'))
    await fc.assert(
      fc.asyncProperty(changed, async ([index, character]) => {
        fc.pre(good[index] !== character)
        const { status } = await site.knock(tokenPeer(good.slice(0, index) + character + good.slice(index + 1)))
        expect(status).toBe(401)
      }),
      { numRuns: 150 },
    )
  })
})

/** None of these tokens gets in, and all are told the same. */
async function expectDenied(tokens: readonly string[], options?: JwtOptions): Promise<void> {
  const answers = await knocks(jwtGate(options), tokens.map(tokenPeer))
  expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 401))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
}

function rsa(header: object, claims: object = CLAIMS, key: KeyObject = privateKey): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signWith('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** The same bytes in another spelling: the last character of a 32-byte signature has two bits that stand for nothing. */
function lastBitFlipped(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1) as string) ^ 1]
}
