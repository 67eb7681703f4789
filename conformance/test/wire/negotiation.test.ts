import { describe, expect, it } from 'vitest'
import { type Head, parseHead } from '../../src/wire/handshake.ts'
import { agree, formatExtension, parseExtensions } from '../../src/wire/negotiation.ts'

function headWith(extensions: string): Head {
  const head = parseHead(Buffer.from(`HTTP/1.1 101 OK\r\nSec-WebSocket-Extensions: ${extensions}\r\n\r\n`))
  if (head === undefined) throw new Error('the head is not whole')
  return head
}

describe('parseExtensions', () => {
  it('reads what formatExtension writes', () => {
    const parameters = {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 8,
      clientMaxWindowBits: true,
    } as const
    expect(parseExtensions(headWith(formatExtension(parameters)))).toEqual([parameters])
  })

  it.each([
    'x-webkit-deflate-frame',
    'permessage-deflate; unknown',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; client_max_window_bits=16',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
  ])('refuses %s', (extensions) => {
    expect(() => parseExtensions(headWith(extensions))).toThrow()
  })
})

describe('agree', () => {
  it('takes what is left out as the widest', () => {
    const widest = { windowBits: 15, contextTakeover: true }
    expect(agree([{}], {})).toEqual({ fromClient: widest, fromServer: widest })
  })

  it('takes an answer that fits any of the offers', () => {
    const answer = { serverNoContextTakeover: true }
    const agreed = agree([{ serverMaxWindowBits: 8 }, { serverNoContextTakeover: true }], answer)
    expect(agreed.fromServer).toEqual({ windowBits: 15, contextTakeover: false })
  })

  it.each([
    ['a greater window than offered', { serverMaxWindowBits: 9 }, { serverMaxWindowBits: 10 }],
    ['no window where one was asked for', { serverMaxWindowBits: 9 }, {}],
    ['context takeover where none was asked for', { serverNoContextTakeover: true }, {}],
    ['a client window that was not offered', {}, { clientMaxWindowBits: 10 }],
    ['a greater client window than offered', { clientMaxWindowBits: 9 }, { clientMaxWindowBits: 10 }],
    ['a client window without a value', { clientMaxWindowBits: true }, { clientMaxWindowBits: true }],
  ] as const)('CP-07 refuses %s', (_, offer, answer) => {
    expect(() => agree([offer], answer)).toThrow()
  })
})
