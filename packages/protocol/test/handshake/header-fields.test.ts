import { describe, expect, it } from 'vitest'
import { formatExtraHeaders, groupFields, listContains, splitList } from '../../src/handshake/header-fields.ts'
import { isToken } from '../../src/index.ts'

describe('groupFields', () => {
  it('groups by lower-case name and keeps every line', () => {
    const fields = groupFields(['Host', 'a', 'X-Y', '1', 'HOST', 'b'])
    expect(fields.get('host')).toEqual(['a', 'b'])
    expect(fields.get('x-y')).toEqual(['1'])
  })

  it('HS-10 takes any name without harm', () => {
    const fields = groupFields(['__proto__', 'x', 'constructor', 'y', 'toString', 'z'])
    expect([...fields.keys()]).toEqual(['__proto__', 'constructor', 'tostring'])
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x')
  })
})

describe('lists', () => {
  it('are read across lines and cases', () => {
    expect(listContains(['keep-alive', 'foo ,\tUpGrade '], 'upgrade')).toBe(true)
    expect(listContains(['upgraded', 'x upgrade'], 'upgrade')).toBe(false)
    expect(listContains([], 'upgrade')).toBe(false)
  })

  it('lose only spaces and tabs', () => {
    expect(splitList(' a ,\tb,, \u00a0c')).toEqual(['a', 'b', '', '\u00a0c'])
  })
})

describe('isToken', () => {
  it('knows the characters of RFC 9110', () => {
    const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
    expect(characters.filter(isToken).join('')).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    )
    expect(isToken('')).toBe(false)
  })
})

describe('formatExtraHeaders', () => {
  it('writes one line for each value', () => {
    expect(formatExtraHeaders({ 'X-One': '1', 'Set-Cookie': ['a=1', 'b=2'] })).toBe(
      'X-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n',
    )
  })

  it.each([
    { 'X-A': 'a\r\nX-B: b' },
    { 'X-A': 'a\n' },
    { 'X-A': '\0' },
    { 'X-A': '\u2028' },
    { 'X-A': ['fine', 'a\rb'] },
    { 'X A': 'a' },
    { 'X-A:': 'a' },
    { '': 'a' },
    { 'X\r\n': 'a' },
  ])('HS-17 throws for %j', (headers) => {
    expect(() => formatExtraHeaders(headers)).toThrow(TypeError)
  })

  it.each([
    'Upgrade',
    'connection',
    'Sec-WebSocket-Accept',
    'SEC-WEBSOCKET-ANYTHING',
    'Content-Length',
    'Transfer-Encoding',
    'Host',
  ])('HS-17 leaves %s to the handshake', (name) => {
    expect(() => formatExtraHeaders({ [name]: 'x' })).toThrow(TypeError)
  })
})
