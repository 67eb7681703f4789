import { describe, expect, it } from 'vitest'
import { redactUrl, secretQueryParams, withoutCredentials } from '../../src/security/credentials.ts'
import type { AuthBackend } from '../../src/security/ports.ts'

function backend(overrides: Partial<AuthBackend>): AuthBackend {
  return { name: 'test', challenge: 'Bearer', authenticate: () => ({ kind: 'none' }), ...overrides }
}

describe('redactUrl', () => {
  const secret = secretQueryParams([
    backend({ secretQueryParams: ['token'] }),
    backend({}),
    backend({ secretQueryParams: ['key'] }),
  ])

  it.each([
    ['/ws', '/ws'],
    ['/ws?room=1', '/ws?room=1'],
    ['/ws?token=abc', '/ws?token=redacted'],
    ['/ws?room=1&token=abc&x=2', '/ws?room=1&token=redacted&x=2'],
    ['/ws?token=abc&token=def', '/ws?token=redacted&token=redacted'],
    ['/ws?%74oken=abc', '/ws?%74oken=redacted'],
    ['/ws?token=abc=def', '/ws?token=redacted'],
    ['/ws?token', '/ws?token=redacted'],
    ['/ws?key=abc&mytoken=def', '/ws?key=redacted&mytoken=def'],
    ['/ws?Token=abc', '/ws?Token=abc'],
    ['/ws?', '/ws?'],
    ['/ws?a?token=abc', '/ws?a?token=abc'],
    ['/ws?%zz=1&token=abc', '/ws?%zz=1&token=redacted'],
  ])('AU-15 %s becomes %s', (url, redacted) => {
    expect(redactUrl(url, secret)).toBe(redacted)
  })

  it('AU-15 leaves addresses alone where no secret may be in them', () => {
    expect(redactUrl('/ws?token=abc', secretQueryParams([backend({})]))).toBe('/ws?token=abc')
  })
})

describe('withoutCredentials', () => {
  it('AU-16 lets every backend take out its own', () => {
    const without = (credential: string) =>
      backend({ withoutCredentials: (offered) => offered.filter((name) => name !== credential) })
    expect(withoutCredentials([without('a'), backend({}), without('b')], ['a', 'chat', 'b'])).toEqual(['chat'])
  })
})
