import { describe, expect, it } from 'vitest'
import { chooseSubprotocol, parseSubprotocols } from '../../src/index.ts'

describe('parseSubprotocols', () => {
  it('keeps the order of the client', () => {
    expect(parseSubprotocols('chat.v2 ,\tchat.v1,x')).toEqual(['chat.v2', 'chat.v1', 'x'])
  })

  it.each(['', 'a,a', 'a,,b', ',a', 'a,', 'a b', '"a"', 'a\r\nb', 'a\u00a0', 'a/b', 'ä'])(
    'HS-16 finds %j malformed',
    (header) => {
      expect(parseSubprotocols(header)).toBeUndefined()
    },
  )

  it('HS-16 takes a thousand names, and tells upper from lower case', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `p${index}`)
    expect(parseSubprotocols(names.join())).toEqual(names)
    expect(parseSubprotocols('a,A')).toEqual(['a', 'A'])
  })
})

describe('chooseSubprotocol', () => {
  it('HS-16 follows the preference of the server, and answers only what was offered', () => {
    expect(chooseSubprotocol(['a', 'b'], ['b', 'a'])).toBe('a')
    expect(chooseSubprotocol(['a', 'b'], ['c', 'b'])).toBe('b')
    expect(chooseSubprotocol(['a'], ['A', 'unknown'])).toBeUndefined()
    expect(chooseSubprotocol([], ['a'])).toBeUndefined()
  })
})
