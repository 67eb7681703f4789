import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { HandshakeDenied, TestClientError, TimeoutError } from '../src/errors.ts'
import type { TestClientOptions } from '../src/options.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp, createRawApp } from './support/app.ts'

function denialOf(client: WebSocketTestClient): Promise<HandshakeDenied> {
  return client.connect().then(
    () => expect.fail('the handshake was not denied'),
    (error) => {
      expect(error).toBeInstanceOf(HandshakeDenied)
      return error
    },
  )
}

/** A route that sends what it knows of its request. */
async function createMirror(): Promise<FastifyInstance> {
  const app = await createApp({ subprotocols: ['chat.v2', 'chat'] })
  app.api.websocket('/mirror/{rest:path}', async (ws) => {
    await ws.accept({ headers: { 'X-Greeting': 'hello', 'Set-Cookie': ['a=1', 'b=2'] } })
    const { path, query, headers, cookies, client, subprotocol } = ws
    await ws.sendJson({ path, query, headers, cookies, client, subprotocol })
  })
  return app
}

describe.each(['memory', 'socket'] as const)('WebSocketTestClient over %s', (transport) => {
  async function mirror(path: string, options: TestClientOptions = {}): Promise<Record<string, unknown>> {
    await using ws = await WebSocketTestClient.connect(await createMirror(), path, { transport, ...options })
    return (await ws.receiveJson()) as Record<string, unknown>
  }

  it('sends the path and the query', async () => {
    expect(await mirror('/mirror/a%2Fb?x=1', { query: { y: ['2', '3'] } })).toMatchObject({
      path: '/mirror/a%2Fb',
      query: { x: '1', y: ['2', '3'] },
    })
  })

  it('sends headers, cookies and the origin', async () => {
    const options = { headers: { 'X-Token': 'abc' }, cookies: { id: 'a=b; c' }, origin: 'http://localhost' }

    expect(await mirror('/mirror/x', options)).toMatchObject({
      headers: { host: 'localhost', 'x-token': 'abc', origin: 'http://localhost' },
      cookies: { id: 'a=b; c' },
    })
  })

  it('comes from the remote address', async () => {
    expect(await mirror('/mirror/x')).toMatchObject({ client: { host: '127.0.0.1', port: expect.any(Number) } })
    expect(await mirror('/mirror/x', { remoteAddress: '127.0.0.77' })).toMatchObject({ client: { host: '127.0.0.77' } })
  })

  it('offers subprotocols and shows the answer', async () => {
    const client = new WebSocketTestClient(await createMirror(), '/mirror/x', { transport, subprotocols: ['chat'] })
    await using ws = await client.connect()

    expect(ws.subprotocol).toBe('chat')
    expect(await ws.receiveJson()).toMatchObject({ subprotocol: 'chat' })
    expect(ws.responseHeaders).toMatchObject({ 'x-greeting': 'hello', 'set-cookie': ['a=1', 'b=2'] })
    expect(ws.path).toBe('/mirror/x')
  })

  it('connects several times', async () => {
    const client = new WebSocketTestClient(await createMirror(), '/mirror/x', { transport })
    await using first = await client.connect()
    await using second = await client.connect()

    expect(await second.receiveJson()).toEqual({
      ...((await first.receiveJson()) as object),
      client: expect.anything(),
      headers: expect.anything(),
    })
  })

  it('rejects with the status, the headers, the body, the detail and the stage of a denial', async () => {
    const app = await createApp()
    app.api.websocket('/rooms/{id:int}', (ws) => ws.accept())
    const denial = await denialOf(new WebSocketTestClient(app, '/rooms/x', { transport }))

    expect(denial).toMatchObject({
      status: 422,
      stage: 'coercion',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: { code: 'ERR_INVALID_PARAMS', detail: [{ loc: ['path', 'id'], type: 'int_parsing', input: 'x' }] },
    })
    expect(denial.detail).toEqual((denial.body as { detail: unknown }).detail)
  })

  it('rejects with an answer that is not of Sluice', async () => {
    const denial = await denialOf(new WebSocketTestClient(await createApp(), '/nowhere', { transport }))

    expect(denial).toMatchObject({ status: 404, detail: 'Route GET:/nowhere not found', stage: undefined })
  })

  it('rejects with a text body', async () => {
    const app = await createApp()
    app.api.websocket('/ws', (ws) => ws.deny({ status: 451, body: 'not here' }))
    const denial = await denialOf(new WebSocketTestClient(app, '/ws', { transport }))

    expect(denial).toMatchObject({ status: 451, body: 'not here', detail: 'not here', stage: 'handler' })
  })

  it('keeps a body that only claims to be JSON as text', async () => {
    const app = await createApp()
    app.api.websocket('/ws', (ws) => ws.deny({ headers: { 'content-type': 'application/problem+json' }, body: '{' }))

    expect(await denialOf(new WebSocketTestClient(app, '/ws', { transport }))).toMatchObject({ body: '{' })
  })

  it('gives what the handler threw before accept as the cause', async () => {
    const app = await createApp()
    const thrown = new Error('the database is down')
    app.api.websocket('/ws', () => Promise.reject(thrown))
    const denial = await denialOf(new WebSocketTestClient(app, '/ws', { transport }))

    expect(denial).toMatchObject({ status: 500, detail: 'Internal server error', stage: 'handler' })
    expect(denial.cause).toBe(thrown)
  })

  it('TC-02 gives up on a handshake that is never answered, and says why', async () => {
    const app = await createApp()
    let aborted: Promise<unknown> | undefined
    app.api.websocket('/ws', async (ws) => {
      aborted = new Promise((resolve) => ws.signal.addEventListener('abort', resolve))
      await aborted
    })
    const client = new WebSocketTestClient(app, '/ws', { transport, timeout: 20 })

    await expect(client.connect()).rejects.toThrow(
      new TimeoutError('/ws was not answered within 20 ms: neither accept() nor deny() was called'),
    )
    await aborted
  })

  it('rejects when the stream is cut before an answer', async () => {
    const app = await createApp()
    app.api.websocket('/ws', (ws) => ws.terminate())

    await expect(WebSocketTestClient.connect(app, '/ws', { transport })).rejects.toMatchObject({
      code: 'ERR_NO_RESPONSE',
    })
  })

  it('rejects a 101 that does not answer its key', async () => {
    const app = createRawApp(
      () =>
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
    )

    await expect(WebSocketTestClient.connect(app, '/ws', { transport })).rejects.toThrow(
      new TestClientError('ERR_INVALID_HANDSHAKE', 'the 101 is wrong: The Sec-WebSocket-Accept is wrong'),
    )
  })
})

describe('WebSocketTestClient', () => {
  it('refuses wrong options when it is made', async () => {
    const app = await createApp()

    expect(() => new WebSocketTestClient(app, 'ws')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
    expect(() => new WebSocketTestClient(app, '/ws', { timeout: -1 })).toThrow("'timeout'")
  })

  it('has any remote address in memory', async () => {
    const app = await createMirror()
    await using ws = await WebSocketTestClient.connect(app, '/mirror/x', { remoteAddress: '2001:db8::7' })

    expect(await ws.receiveJson()).toMatchObject({ client: { host: '2001:db8::7' } })
  })
})
