import { describe, expect, it } from 'vitest'
import { resolveOptions, type TestClientOptions } from '../src/options.ts'
import { createUpgradeRequest } from '../src/upgrade-request.ts'

const createRequest = (path: string, options: TestClientOptions = {}) =>
  createUpgradeRequest(path, resolveOptions(options))

describe('createUpgradeRequest', () => {
  it.each<[string, TestClientOptions['query'], string]>([
    ['/ws', undefined, '/ws'],
    ['/ws?a=1', undefined, '/ws?a=1'],
    ['/ws', 'a=1', '/ws?a=1'],
    ['/ws', '?a=1', '/ws?a=1'],
    ['/ws?a=1', 'b=2', '/ws?a=1&b=2'],
    ['/ws', { b: 2, a: [1, true], c: 'x y' }, '/ws?b=2&a=1&a=true&c=x+y'],
    ['/ws', new URLSearchParams('z=1&a=2'), '/ws?z=1&a=2'],
    ['/ws', {}, '/ws'],
  ])('puts the path %s and the query %j together', (path, query, target) => {
    expect(createRequest(path, { query }).target).toBe(target)
  })

  it('encodes only what may not stand in a request line', () => {
    expect(createRequest('/a b/ü\ud800/%zz/../ok').target).toBe('/a%20b/%C3%BC%EF%BF%BD/%zz/../ok')
  })

  it('refuses a path that does not begin with a slash', () => {
    expect(() => createRequest('ws')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it('makes an upgrade request of RFC 6455', () => {
    expect(createRequest('/ws').headers).toEqual({
      host: 'localhost',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': expect.stringMatching(/^[\w+/]{22}==$/),
    })
  })

  it('sends the origin, the cookies and the subprotocols', () => {
    const options = {
      origin: 'https://a.example',
      cookies: { id: 'a;b', theme: 'dark' },
      subprotocols: ['chat.v2', 'chat'],
    }

    expect(createRequest('/ws', options).headers).toMatchObject({
      origin: 'https://a.example',
      cookie: 'id=a%3Bb; theme=dark',
      'sec-websocket-protocol': 'chat.v2, chat',
    })
  })

  it('lets a header of the test win, whatever its case, and joins cookies', () => {
    const headers = { Host: 'api.example', 'Sec-WebSocket-Version': '8', Cookie: 'a=1', 'X-Tag': ['a', 'b'] }

    expect(createRequest('/ws', { headers, cookies: { b: '2' } }).headers).toMatchObject({
      host: 'api.example',
      'sec-websocket-version': '8',
      cookie: 'a=1; b=2',
      'x-tag': ['a', 'b'],
    })
  })
})
