import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUpgradeRequest, formatUpgradeResponse, type UpgradeRequestHead } from '../../src/index.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const LINES: readonly (readonly [string, string])[] = [
  ['Host', 'example.com'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', KEY],
]

const without = (name: string) => LINES.filter(([other]) => other !== name)
const withLine = (name: string, ...values: string[]) => [
  ...without(name),
  ...values.map((value) => [name, value] as const),
]

function check(lines: readonly (readonly [string, string])[] = LINES, head: Partial<UpgradeRequestHead> = {}) {
  return checkUpgradeRequest({ method: 'GET', url: '/', httpVersion: '1.1', rawHeaders: lines.flat(), ...head })
}

function statusOf(lines?: readonly (readonly [string, string])[], head?: Partial<UpgradeRequestHead>): number {
  const verdict = check(lines, head)
  return verdict.ok ? 101 : verdict.denial.status
}

describe('checkUpgradeRequest', () => {
  it('gives what the client offers', () => {
    const lines = [
      ...LINES,
      ['Sec-WebSocket-Protocol', 'b, a'],
      ['sec-websocket-protocol', 'c'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate; x=1'],
    ] as const
    expect(check(lines)).toEqual({
      ok: true,
      offer: {
        key: KEY,
        subprotocols: ['b', 'a', 'c'],
        extensions: [{ name: 'permessage-deflate', parameters: [{ name: 'x', value: '1' }] }],
      },
    })
    expect(check()).toEqual({ ok: true, offer: { key: KEY, subprotocols: [], extensions: [] } })
  })

  it.each(['0', '7', '8', '12', '13a', '013', '13, 8', ''])('HS-04 denies version %j with 426', (version) => {
    expect(check(withLine('Sec-WebSocket-Version', version))).toEqual({
      ok: false,
      denial: {
        status: 426,
        reason: 'The version is not 13',
        headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
      },
    })
  })

  it('HS-04 denies a version that is missing or comes twice', () => {
    expect(statusOf(without('Sec-WebSocket-Version'))).toBe(426)
    expect(statusOf(withLine('Sec-WebSocket-Version', '13', '13'))).toBe(426)
    expect(statusOf(withLine('Sec-WebSocket-Version', '13', '8'))).toBe(426)
  })

  it('HS-05 denies a bad key', () => {
    const bad = [
      '',
      'AAAAAAAAAAAAAAAAAAAA',
      'AAAAAAAAAAAAAAAAAAAAAAA=',
      'not base64 at all!!!!!==',
      'A'.repeat(1_000_000),
    ]
    for (const key of bad) expect(statusOf(withLine('Sec-WebSocket-Key', key))).toBe(400)
    expect(statusOf(without('Sec-WebSocket-Key'))).toBe(400)
    expect(statusOf(withLine('Sec-WebSocket-Key', KEY, KEY))).toBe(400)
  })

  it('HS-06 wants one Host, which a target in absolute form agrees with', () => {
    expect(statusOf(without('Host'))).toBe(400)
    expect(statusOf(withLine('Host', ''))).toBe(400)
    expect(statusOf(withLine('Host', 'example.com', 'example.com'))).toBe(400)
    expect(statusOf(LINES, { url: 'http://other.com/' })).toBe(400)
    expect(statusOf(LINES, { url: 'http://example.com:81/' })).toBe(400)
    expect(statusOf(LINES, { url: 'http://EXAMPLE.com:80/path' })).toBe(101)
    expect(statusOf(LINES, { url: 'wss://example.com/path' })).toBe(101)
    for (const url of ['*', 'example.com:80', 'nonsense', 'data:text/plain,x', '', undefined]) {
      expect(statusOf(LINES, { url })).toBe(400)
    }
  })

  it('HS-07 denies other methods and HTTP versions', () => {
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'get', undefined]) expect(statusOf(LINES, { method })).toBe(400)
    for (const httpVersion of ['1.0', '0.9', '']) expect(statusOf(LINES, { httpVersion })).toBe(400)
  })

  it('HS-07 wants websocket among the upgrades, and upgrade among the connection options', () => {
    for (const upgrade of ['h2c', 'websockets', 'websocket/13', '']) {
      expect(statusOf(withLine('Upgrade', upgrade))).toBe(426)
    }
    for (const upgrade of ['WebSocket', 'websocket, foo', 'h2c ,WEBSOCKET']) {
      expect(statusOf(withLine('Upgrade', upgrade))).toBe(101)
    }
    for (const connection of ['close', 'keep-alive', 'x-upgrade']) {
      expect(statusOf(withLine('Connection', connection))).toBe(426)
    }
    expect(statusOf(withLine('Connection', 'keep-alive', 'upgrade'))).toBe(101)
    expect(statusOf([LINES[0] as readonly [string, string]])).toBe(426)
  })

  it('HS-08 denies a body', () => {
    expect(statusOf(withLine('Content-Length', '5'))).toBe(400)
    expect(statusOf(withLine('Content-Length', '0'))).toBe(400)
    expect(statusOf(withLine('Transfer-Encoding', 'chunked'))).toBe(400)
  })

  it('HS-16 denies malformed subprotocols', () => {
    for (const header of ['', 'a,a', 'a,,b', 'a b'])
      expect(statusOf(withLine('Sec-WebSocket-Protocol', header))).toBe(400)
    expect(statusOf(withLine('Sec-WebSocket-Protocol', 'a', 'a'))).toBe(400)
  })

  it('HS-18 denies malformed extensions and keeps unknown ones', () => {
    for (const header of ['', 'a;;b', 'a;b="', 'a,'])
      expect(statusOf(withLine('Sec-WebSocket-Extensions', header))).toBe(400)
    expect(statusOf(withLine('Sec-WebSocket-Extensions', 'x-webkit-deflate-frame, foo; bar=1'))).toBe(101)
  })

  it('HS-20 answers 101, 400 or 426 to anything', () => {
    const name = fc.oneof(fc.constantFrom(...LINES.map(([name]) => name)), fc.string({ maxLength: 12 }))
    const value = fc.oneof(fc.constantFrom(...LINES.map(([, value]) => value)), fc.string({ maxLength: 30 }))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 12 }),
        fc.oneof(fc.constantFrom('GET', undefined), fc.string()),
        fc.oneof(fc.webUrl(), fc.webPath(), fc.string()),
        (lines, method, url) => {
          expect([101, 400, 426]).toContain(statusOf([...LINES, ...lines], { method, url }))
          expect([101, 400, 426]).toContain(statusOf(lines, { url }))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('formatUpgradeResponse', () => {
  it('is the 101 response', () => {
    expect(formatUpgradeResponse({ key: KEY })).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        '\r\n',
    )
  })

  it('names the subprotocol, the extensions and further headers', () => {
    const response = formatUpgradeResponse({
      key: KEY,
      subprotocol: 'chat.v1',
      extensions: [{ name: 'permessage-deflate', parameters: [{ name: 'server_max_window_bits', value: '10' }] }],
      headers: { 'Set-Cookie': ['a=1', 'b=2'] },
    })
    expect(response.split('\r\n').slice(4)).toEqual([
      'Sec-WebSocket-Protocol: chat.v1',
      'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      '',
      '',
    ])
  })

  it('HS-17 throws before a byte of a forged header could be sent', () => {
    expect(() => formatUpgradeResponse({ key: KEY, subprotocol: 'a\r\nX: y' })).toThrow(TypeError)
    expect(() => formatUpgradeResponse({ key: KEY, headers: { 'X-A': 'a\r\nX: y' } })).toThrow(TypeError)
    expect(() => formatUpgradeResponse({ key: KEY, headers: { Upgrade: 'h2c' } })).toThrow(TypeError)
  })
})
