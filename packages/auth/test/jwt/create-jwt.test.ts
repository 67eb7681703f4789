import { describe, expect, it } from 'vitest'
import { createJwt, jwtAuthentication, MemoryRevocationStore } from '../../src/index.ts'
import { authenticate, ManualClock, NOW, SECRET } from '../fixtures.ts'

describe('createJwt', () => {
  const clock = new ManualClock()
  const claimsOf = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

  it('signs claims that end', async () => {
    const token = createJwt({ sub: 'ada', org: 'acme' }, { secret: SECRET, expiresIn: 90_000, clock })
    expect(claimsOf(token)).toEqual({ sub: 'ada', org: 'acme', iat: NOW / 1000, exp: NOW / 1000 + 90 })
    expect(await authenticate(jwtAuthentication({ secret: SECRET }), token)).toMatchObject({ kind: 'ok' })
  })

  it('makes a token that has expired, and one that ends when its claims say so', async () => {
    const expired = createJwt({ sub: 'ada' }, { secret: SECRET, expiresIn: -10_000, clock })
    expect(await authenticate(jwtAuthentication({ secret: SECRET }), expired)).toEqual({
      kind: 'invalid',
      reason: 'expired',
    })
    expect(claimsOf(createJwt({ exp: 5 }, { secret: SECRET }))).toMatchObject({ exp: 5 })
    expect(claimsOf(createJwt({}, { secret: SECRET, clock }))).toMatchObject({ exp: NOW / 1000 + 3_600 })
  })

  it('refuses a duration in words', () => {
    expect(() => createJwt({}, { secret: SECRET, expiresIn: '1h' as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  })
})

describe('MemoryRevocationStore', () => {
  it('AU-21 knows a token until it has expired by itself', () => {
    const store = new MemoryRevocationStore()
    store.revoke('old', Date.now() - 120_000)
    store.revoke('t1', Date.now() + 60_000)
    expect([store.isRevoked('t1'), store.isRevoked('t2'), store.isRevoked('old')]).toEqual([true, false, false])
  })

  it('AU-21 forgets by the clock that it is given', () => {
    const clock = { wallTime: () => 1_000_000 }
    const store = new MemoryRevocationStore(clock)
    store.revoke('t1', 1_000_000)
    clock.wallTime = () => 1_060_001
    store.revoke('t2', 2_000_000)
    expect([store.isRevoked('t1'), store.isRevoked('t2')]).toEqual([false, true])
  })
})
