import { describe, expect, it } from 'vitest'
import {
  acceptValueOf,
  checkUpgradeRequest,
  checkUpgradeResponse,
  createHandshakeKey,
  formatUpgradeRequest,
  formatUpgradeResponse,
  type UpgradeAnswer,
} from '../../src/index.ts'

const deflate = { name: 'permessage-deflate', parameters: [] }
const request = { host: 'example.com:8080', target: '/chat?x=1', key: createHandshakeKey() }

function parseHead(head: string) {
  const [startLine = '', ...lines] = head.slice(0, head.indexOf('\r\n\r\n')).split('\r\n')
  const rawHeaders = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  return { startLine, rawHeaders }
}

function respond(answer: Partial<UpgradeAnswer> = {}) {
  return { statusCode: 101, rawHeaders: parseHead(formatUpgradeResponse({ key: request.key, ...answer })).rawHeaders }
}

const isAgreed = (response: Parameters<typeof checkUpgradeResponse>[0], offer = {}) =>
  checkUpgradeResponse(response, { ...request, ...offer }).ok

describe('formatUpgradeRequest', () => {
  it('is a request that the server side accepts', () => {
    const head = formatUpgradeRequest({
      ...request,
      subprotocols: ['a', 'b'],
      extensions: [deflate],
      headers: { Origin: 'https://example.com' },
    })
    const { startLine, rawHeaders } = parseHead(head)
    expect(startLine).toBe('GET /chat?x=1 HTTP/1.1')
    expect(rawHeaders.slice(-2)).toEqual(['Origin', 'https://example.com'])
    expect(checkUpgradeRequest({ method: 'GET', url: '/chat?x=1', httpVersion: '1.1', rawHeaders })).toEqual({
      ok: true,
      offer: { key: request.key, subprotocols: ['a', 'b'], extensions: [deflate] },
    })
  })

  it.each([
    { target: 'chat' },
    { target: '/a b' },
    { target: '/a\r\nX: y' },
    { host: 'a\r\nX: y' },
    { host: '' },
    { subprotocols: ['a b'] },
    { headers: { Host: 'x' } },
  ])('HS-17 throws for %j', (part) => {
    expect(() => formatUpgradeRequest({ ...request, ...part })).toThrow(TypeError)
  })
})

describe('checkUpgradeResponse', () => {
  it('gives what was agreed', () => {
    const offer = { ...request, subprotocols: ['a', 'b'], extensions: [deflate] }
    expect(checkUpgradeResponse(respond({ subprotocol: 'b', extensions: [deflate] }), offer)).toEqual({
      ok: true,
      agreement: { subprotocol: 'b', extensions: [deflate] },
    })
    expect(checkUpgradeResponse(respond(), offer)).toEqual({
      ok: true,
      agreement: { subprotocol: undefined, extensions: [] },
    })
  })

  it('refuses another status, upgrade, connection or accept value', () => {
    const { rawHeaders } = respond()
    const replace = (from: string, to: string) => rawHeaders.map((text) => (text === from ? to : text))
    expect(isAgreed({ statusCode: 200, rawHeaders })).toBe(false)
    expect(isAgreed({ rawHeaders })).toBe(false)
    expect(isAgreed({ statusCode: 101, rawHeaders: replace('websocket', 'WebSocket') })).toBe(true)
    expect(isAgreed({ statusCode: 101, rawHeaders: replace('websocket', 'h2c') })).toBe(false)
    expect(isAgreed({ statusCode: 101, rawHeaders: replace('Upgrade', 'close') })).toBe(false)
    expect(isAgreed({ statusCode: 101, rawHeaders: replace(acceptValueOf(request.key), 'x') })).toBe(false)
    expect(isAgreed({ statusCode: 101, rawHeaders: replace('Sec-WebSocket-Accept', 'x') })).toBe(false)
  })

  it('HS-16 refuses a subprotocol that was not offered, or two', () => {
    expect(isAgreed(respond({ subprotocol: 'a' }))).toBe(false)
    expect(isAgreed(respond({ subprotocol: 'A' }), { subprotocols: ['a'] })).toBe(false)
    const twice = [...respond({ subprotocol: 'a' }).rawHeaders, 'Sec-WebSocket-Protocol', 'a']
    expect(isAgreed({ statusCode: 101, rawHeaders: twice }, { subprotocols: ['a'] })).toBe(false)
  })

  it('HS-18 refuses extensions that were not offered or cannot be read', () => {
    expect(isAgreed(respond({ extensions: [deflate] }))).toBe(false)
    const malformed = [...respond().rawHeaders, 'Sec-WebSocket-Extensions', 'permessage-deflate;']
    expect(isAgreed({ statusCode: 101, rawHeaders: malformed }, { extensions: [deflate] })).toBe(false)
  })
})
