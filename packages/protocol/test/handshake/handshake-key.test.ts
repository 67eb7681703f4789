import { describe, expect, it } from 'vitest'
import { acceptValueOf, createHandshakeKey, isHandshakeKey } from '../../src/index.ts'

describe('handshake keys', () => {
  it('are answered as in RFC 6455 section 1.3', () => {
    expect(acceptValueOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  it('are fresh and well-formed', () => {
    const keys = Array.from({ length: 100 }, createHandshakeKey)
    expect(keys.every(isHandshakeKey)).toBe(true)
    expect(new Set(keys).size).toBe(100)
  })

  it.each([
    '',
    'AAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAA=',
    'AAAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAA-==',
    ' AAAAAAAAAAAAAAAAAAAAAA==',
    'AAAAAAAAAAAAAAAAAAAAAA==\n',
    'A'.repeat(1_000_000),
  ])('HS-05 refuses %.30j', (text) => {
    expect(isHandshakeKey(text)).toBe(false)
  })
})
