import { describe, expect, it } from 'vitest'
import { checkedHeaders } from '../../src/upgrade/response-headers.ts'

describe('checkedHeaders', () => {
  it('gives headers as they are', () => {
    const headers = { 'X-A': 'é', 'set-cookie': ['a=1', 'b=2'], 'x-empty': '', 'x-tab': 'a\tb', __proto__: {} }
    expect(checkedHeaders(headers as never)).toBe(headers)
    expect(checkedHeaders()).toEqual({})
  })

  it.each([
    ['Sec-WebSocket-Anything', 'x', 'belongs to the handshake'],
    ['UPGRADE', 'x', 'belongs to the handshake'],
    ['x\nbad', 'x', 'is malformed'],
    ['x-bad', 'a\r\nb', 'is malformed'],
    ['x-bad', ['fine', 'a\0'], 'is malformed'],
    ['x-bad', [['nested\n']], 'is malformed'],
    ['x-bad', undefined, 'is malformed'],
  ])('HS-17 refuses %j: %j', (name, value, text) => {
    expect(() => checkedHeaders({ [name]: value } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_HEADER', message: expect.stringContaining(text) }),
    )
  })
})
