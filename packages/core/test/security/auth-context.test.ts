import { describe, expect, it } from 'vitest'
import { createAuthContext } from '../../src/security/auth-context.ts'

describe('createAuthContext', () => {
  it('fills in what permits nothing', () => {
    expect(createAuthContext({ userId: 'ada', backend: 'test' })).toEqual({
      userId: 'ada',
      permissions: new Set(),
      isStaff: false,
      isSuperuser: false,
      claims: {},
      backend: 'test',
    })
  })

  it('keeps what it is given', () => {
    const given = { userId: null, backend: 'test', permissions: ['read', 'write'], isStaff: true, expiresAt: 5 }
    expect(createAuthContext(given)).toMatchObject({ ...given, permissions: new Set(['read', 'write']) })
  })

  it('AU-22 cannot be altered afterwards', () => {
    const context = createAuthContext({
      userId: 'ada',
      backend: 'test',
      permissions: ['read'],
      claims: { realm: { roles: ['user'] } },
    })
    const writable = context as unknown as {
      userId: string
      permissions: Set<string>
      claims: { realm: { roles: string[] } }
    }
    expect(() => {
      writable.userId = 'eve'
    }).toThrow(TypeError)
    expect(() => writable.permissions.add('write')).toThrow(TypeError)
    expect(() => writable.permissions.delete('read')).toThrow(TypeError)
    expect(() => writable.permissions.clear()).toThrow(TypeError)
    expect(() => writable.claims.realm.roles.push('admin')).toThrow(TypeError)
    expect([...context.permissions]).toEqual(['read'])
  })

  it('freezes claims that refer to themselves, and leaves bytes alone', () => {
    const claims: Record<string, unknown> = { bytes: Buffer.from('a') }
    claims.self = claims
    expect(Object.isFrozen(createAuthContext({ userId: 'ada', backend: 'test', claims }).claims)).toBe(true)
  })
})
