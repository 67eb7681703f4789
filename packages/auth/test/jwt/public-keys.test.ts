import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign, exportJWK, type JWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { type Algorithm, type JwtOptions, jwtAuthentication } from '../../src/index.ts'
import { authenticate, ManualClock } from '../fixtures.ts'
import { SECONDS } from './tokens.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const ed25519 = generateKeyPairSync('ed25519')

async function sign(privateKey: KeyObject, header: { alg: string; kid?: string }): Promise<string> {
  const claims = JSON.stringify({ sub: 'ada', exp: SECONDS + 600 })
  return new CompactSign(Buffer.from(claims)).setProtectedHeader(header).sign(privateKey)
}

async function kindOf(token: string, options: JwtOptions): Promise<string> {
  return (await authenticate(jwtAuthentication(options), token)).kind
}

describe('publicKey', () => {
  it.each<[Algorithm, { publicKey: KeyObject; privateKey: KeyObject }]>([
    ['RS256', rsa],
    ['RS384', rsa],
    ['RS512', rsa],
    ['PS256', rsa],
    ['PS384', rsa],
    ['PS512', rsa],
    ['ES256', p256],
    ['ES384', p384],
    ['ES512', p521],
    ['EdDSA', ed25519],
    ['Ed25519', ed25519],
  ])('verifies %s, and no other signature', async (alg, { publicKey, privateKey }) => {
    const token = await sign(privateKey, { alg })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    for (const key of [publicKey, pem, ` ${pem}`, publicKey.export({ format: 'jwk' })]) {
      expect(await kindOf(token, { publicKey: key, algorithms: [alg] })).toBe('ok')
    }
    const [header, , signature] = token.split('.')
    const other = Buffer.from(JSON.stringify({ sub: 'eve', exp: SECONDS + 600 })).toString('base64url')
    expect(await kindOf(`${header}.${other}.${signature}`, { publicKey, algorithms: [alg] })).toBe('invalid')
  })

  it('AU-03 takes no algorithm of the family that is not listed', async () => {
    const options: JwtOptions = { publicKey: rsa.publicKey, algorithms: ['RS256', 'PS256'] }
    expect(await kindOf(await sign(rsa.privateKey, { alg: 'PS256' }), options)).toBe('ok')
    expect(await kindOf(await sign(rsa.privateKey, { alg: 'RS512' }), options)).toBe('invalid')
  })
})

describe('jwks', () => {
  async function jwk(key: KeyObject, kid: string): Promise<JWK> {
    return { ...(await exportJWK(key)), kid, use: 'sig' }
  }

  /** An owner of keys whose address is never dialled. */
  function keyServer(keys: readonly JWK[]) {
    const server = { keys: [...keys], status: 200, body: undefined as unknown }
    const fetch = vi.fn(async () => {
      if (server.status === 0) throw new TypeError('fetch failed')
      return Response.json(server.body ?? { keys: server.keys }, { status: server.status })
    })
    return { server, fetch, url: 'https://login.example/keys' }
  }

  it('finds the key of a given set by its name', async () => {
    const jwks = { keys: [await jwk(rsa.publicKey, 'a'), await jwk(p256.publicKey, 'b')] }
    const options: JwtOptions = { jwks, algorithms: ['RS256', 'ES256'] }
    expect(await kindOf(await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' }), options)).toBe('ok')
    expect(await kindOf(await sign(p256.privateKey, { alg: 'ES256', kid: 'b' }), options)).toBe('ok')
    expect(await kindOf(await sign(p256.privateKey, { alg: 'ES256', kid: 'a' }), options)).toBe('invalid')
    expect(await kindOf(await sign(p256.privateKey, { alg: 'ES256', kid: 'c' }), options)).toBe('invalid')
  })

  it('fetches a set once, however many tokens come at a time, and again when it has grown old', async () => {
    const { fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    const backend = jwtAuthentication({ jwks: { url, fetch, maxAge: 60_000 }, algorithms: ['RS256'] })
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' })
    const clock = new ManualClock()
    const answers = await Promise.all(Array.from({ length: 20 }, () => authenticate(backend, token, clock)))
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['ok']))
    expect(fetch).toHaveBeenCalledTimes(1)
    clock.advance(60_000)
    expect((await authenticate(backend, token, clock)).kind).toBe('ok')
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('AU-04 asks for unknown keys at most once in each cooldown', async () => {
    const { fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    const backend = jwtAuthentication({ jwks: { url, fetch, cooldown: 30_000 }, algorithms: ['RS256'] })
    const clock = new ManualClock()
    await authenticate(backend, await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' }), clock)
    expect(fetch).toHaveBeenCalledTimes(1)
    const stranger = await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' })
    const [, claims, signature] = stranger.split('.')
    const unknown = (kid: string) =>
      `${Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url')}.${claims}.${signature}`
    for (let index = 0; index < 1_000; index++) {
      expect((await authenticate(backend, unknown(`k${index}`), clock)).kind).toBe('invalid')
    }
    expect(fetch).toHaveBeenCalledTimes(1)
    clock.advance(30_000)
    await Promise.all(Array.from({ length: 100 }, (_, index) => authenticate(backend, unknown(`k${index}`), clock)))
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('finds a key that was added since', async () => {
    const { server, fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    const backend = jwtAuthentication({ jwks: { url, fetch }, algorithms: ['RS256', 'ES256'] })
    const clock = new ManualClock()
    await authenticate(backend, await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' }), clock)
    server.keys.push(await jwk(p256.publicKey, 'b'))
    clock.advance(30_000)
    expect((await authenticate(backend, await sign(p256.privateKey, { alg: 'ES256', kid: 'b' }), clock)).kind).toBe(
      'ok',
    )
  })

  it.each([
    ['unreachable', { status: 0 }],
    ['failing', { status: 500 }],
    ['answering with something else', { body: { keys: 'none' } }],
    ['answering with a list', { body: [] }],
  ])('AU-19 cannot decide while the owner of the keys is %s, and does not ask in a loop', async (_name, failure) => {
    const { server, fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    Object.assign(server, failure)
    const backend = jwtAuthentication({ jwks: { url, fetch }, algorithms: ['RS256'] })
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' })
    const clock = new ManualClock()
    for (let attempt = 0; attempt < 10; attempt++) await expect(authenticate(backend, token, clock)).rejects.toThrow()
    expect(fetch).toHaveBeenCalledTimes(1)
    Object.assign(server, { status: 200, body: undefined })
    clock.advance(30_000)
    expect((await authenticate(backend, token, clock)).kind).toBe('ok')
  })

  it('keeps old keys while their owner cannot be reached', async () => {
    const { server, fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    const backend = jwtAuthentication({ jwks: { url, fetch, maxAge: 60_000 }, algorithms: ['RS256'] })
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' })
    const clock = new ManualClock()
    await authenticate(backend, token, clock)
    server.status = 0
    clock.advance(60_000)
    expect((await authenticate(backend, token, clock)).kind).toBe('ok')
    expect((await authenticate(backend, token, clock)).kind).toBe('ok')
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('AU-06 follows no redirect, and asks for nothing but its own address', async () => {
    const { fetch, url } = keyServer([await jwk(rsa.publicKey, 'a')])
    const backend = jwtAuthentication({ jwks: { url, fetch }, algorithms: ['RS256'] })
    await authenticate(backend, await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' }))
    expect(fetch).toHaveBeenCalledWith(new URL(url), expect.objectContaining({ redirect: 'error' }))
  })

  it('AU-03 takes no secret key out of a set', async () => {
    const jwks = { keys: [{ kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url'), kid: 'a' }] }
    expect(await kindOf(await sign(rsa.privateKey, { alg: 'RS256', kid: 'a' }), { jwks, algorithms: ['RS256'] })).toBe(
      'invalid',
    )
  })
})
