import { describe, expect, it } from 'vitest'
import type { SluiceApi } from '../../src/index.ts'
import { checkUpgrade } from '../../src/upgrade/check-upgrade.ts'
import type { RawResponse } from '../support/raw-connection.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { KEY, type RequestLines, upgradeRequest } from '../support/upgrade-request.ts'

describe('checkUpgrade', () => {
  const head = { method: 'GET', url: '/', httpVersion: '1.1' }
  const check = (rawHeaders: string[]) => checkUpgrade({ ...head, rawHeaders } as never)

  it('gives what the client offers', () => {
    const headers = { Host: 'a', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13' }
    const verdict = check([...Object.entries(headers).flat(), 'Sec-WebSocket-Key', KEY, 'Sec-WebSocket-Protocol', 'x'])
    expect(verdict).toEqual({ ok: true, offer: { key: KEY, subprotocols: ['x'], extensions: [] } })
  })

  it('HS-09 denies with 431 when Node may have dropped lines', () => {
    expect(check(Array.from({ length: 4_000 }, () => 'x'))).toMatchObject({ ok: false, denial: { status: 431 } })
  })
})

describe.each(ENGINES)('the opening handshake with the %s engine', (engine) => {
  async function serveCounted(): Promise<{ site: AppSite; runs: () => number }> {
    let runs = 0
    const site = await serve({ engine }, (app) => {
      const api: SluiceApi = app.api
      api.websocket('/ws', async (ws) => {
        runs++
        await ws.accept()
        await ws.sendText('open')
      })
    })
    return { site, runs: () => runs }
  }

  /** Each request is denied with this status and a stream that ends; no handler runs, and the server lives. */
  async function expectDenials(status: number, requests: readonly RequestLines[]): Promise<RawResponse[]> {
    const { site, runs } = await serveCounted()
    const responses: RawResponse[] = []
    for (const lines of requests) {
      const response = await site.ask(upgradeRequest(lines))
      expect.soft(response.status, JSON.stringify(lines).slice(0, 200)).toBe(status)
      responses.push(response)
    }
    expect(runs()).toBe(0)
    const control = await site.open('/ws')
    expect(await control.nextText()).toBe('open')
    expect(await control.nextClose()).toEqual({ code: 1000, reason: '' })
    return responses
  }

  it('answers with the accept value of the key', async () => {
    const { site } = await serveCounted()
    const { response } = await site.open('/ws')
    expect(response.lines[0]).toBe('HTTP/1.1 101 Switching Protocols')
    expect(response.headers).toMatchObject({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    })
    expect(response.headers).not.toHaveProperty('sec-websocket-protocol')
    expect(response.headers).not.toHaveProperty('sec-websocket-extensions')
  })

  it.each([
    { replace: { Upgrade: ['WebSocket'] } },
    { replace: { Upgrade: ['WEBSOCKET'] } },
    { replace: { Connection: ['keep-alive, Upgrade'] } },
    { replace: { Connection: ['keep-alive', 'upgrade'] } },
    { path: 'http://localhost/ws' },
  ] as RequestLines[])('takes %o', async (lines) => {
    const { site } = await serveCounted()
    const ws = await site.open('/ws', lines)
    expect(await ws.nextText()).toBe('open')
    await ws.nextClose()
  })

  it('HS-04 denies every version but 13 and names it', async () => {
    const versions = [['0'], ['7'], ['8'], ['12'], ['13a'], ['13, 8'], ['8, 13'], [], ['13', '13'], ['13', '8'], ['']]
    const replaced = versions.map((values) => ({ replace: { 'Sec-WebSocket-Version': values } }))
    for (const { headers } of await expectDenials(426, replaced)) {
      expect(headers['sec-websocket-version']).toBe('13')
      expect(headers.upgrade).toBe('websocket')
    }
  })

  it('HS-05 denies a bad key', async () => {
    const keys = [[], [''], ['AAAAAAAAAAAAAAAAAAAA'], ['AAAAAAAAAAAAAAAAAAAAAAA='], ['!'.repeat(22)], [KEY, KEY]]
    await expectDenials(
      400,
      keys.map((values) => ({ replace: { 'Sec-WebSocket-Key': values } })),
    )
    await expectDenials(431, [{ replace: { 'Sec-WebSocket-Key': ['A'.repeat(1_000_000)] } }])
  })

  it('HS-06 denies without one Host that agrees with the target', async () => {
    await expectDenials(400, [
      { replace: { Host: [] } },
      { replace: { Host: [''] } },
      { replace: { Host: ['a', 'b'] } },
      { replace: { Host: ['localhost', 'localhost'] } },
      { path: 'http://elsewhere/ws' },
    ])
  })

  it('HS-07 denies another upgrade', async () => {
    await expectDenials(426, [
      { replace: { Upgrade: ['h2c'] } },
      { replace: { Upgrade: ['websockets'] } },
      { replace: { Upgrade: ['websocket/13'] } },
      { replace: { Connection: ['close'] } },
      { replace: { Connection: [] } },
    ])
  })

  it('HS-07 denies another method or an older HTTP', async () => {
    await expectDenials(400, [{ method: 'POST' }, { method: 'OPTIONS' }, { method: 'PUT' }, { version: '1.0' }])
    const { site, runs } = await serveCounted()
    const response = await site.ask(upgradeRequest({ method: 'HEAD' }), { toHead: true })
    expect(response.status).toBe(400)
    expect(runs()).toBe(0)
  })

  it('HS-08 denies a body, and reads none of it as frames', async () => {
    await expectDenials(400, [
      { add: [['Content-Length', '5']], body: 'hello' },
      { add: [['Content-Length', '0']] },
      { add: [['Transfer-Encoding', 'chunked']], body: '5\r\nhello\r\n0\r\n\r\n' },
    ])
  })

  it('HS-09 denies too many and too large headers', async () => {
    const many = Array.from({ length: 2_100 }, (_, index) => [`h${index}`, '1'] as const)
    await expectDenials(431, [
      { add: many },
      { add: [['X-Large', 'x'.repeat(20_000)]] },
      { path: `/ws?${'x'.repeat(17_000)}` },
    ])
  })

  it('HS-10 leaves headers with odd names alone', async () => {
    const { site } = await serveCounted()
    const add = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => [name, 'polluted'] as const)
    const ws = await site.open('/ws', { add })
    expect(await ws.nextText()).toBe('open')
    await ws.nextClose()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('HS-10 denies control bytes in a header', async () => {
    await expectDenials(400, [
      { add: [['X-Nul', 'a\0b']] },
      { add: [['X-Escape', 'a\x1bb']] },
      { add: [['X-Return', 'a\rb']] },
      { add: [['X Space', 'a']] },
    ])
  })

  it('HS-10 takes odd names of extensions and subprotocols for what they are: unknown', async () => {
    const { site } = await serveCounted()
    for (const name of ['Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol']) {
      const ws = await site.open('/ws', { add: [[name, '__proto__, constructor, toString']] })
      expect(ws.response.headers).not.toHaveProperty(name.toLowerCase())
      await ws.nextText()
      await ws.nextClose()
    }
  })

  it('HS-18 ignores unknown extensions, and denies malformed offers and too many', async () => {
    const extensions = (value: string): RequestLines => ({ add: [['Sec-WebSocket-Extensions', value]] })
    const { site } = await serveCounted()
    for (const value of ['x-unknown', 'x-unknown; a=1; b="2", y', 'permessage-deflate', 'permessage-deflate; x=7']) {
      const { response } = await site.open('/ws', extensions(value))
      expect(response.headers).not.toHaveProperty('sec-websocket-extensions')
    }
    await expectDenials(
      400,
      [
        '',
        ',',
        ';',
        'a;',
        'a;;b',
        'a=1',
        'a; b=',
        'a; b="',
        'a; b="c d"',
        'a b',
        '"a"',
        Array(200).fill('a').join(),
      ].map(extensions),
    )
  })
})
