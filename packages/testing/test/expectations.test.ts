import type { WebSocketConnection } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { expectBroadcast, expectClosed, expectDenied, expectMessage, expectNoMessage } from '../src/expectations.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import type { WebSocketTestConnection } from '../src/websocket-test-connection.ts'
import { createApp } from './support/app.ts'

const isAssertion = (text: string | RegExp) =>
  expect.objectContaining({ name: 'AssertionError', message: expect.stringMatching(text) })

async function connectTo(handler: (ws: WebSocketConnection) => Promise<void>): Promise<WebSocketTestConnection> {
  const app = await createApp()
  app.api.websocket('/ws', handler)
  return WebSocketTestClient.connect(app, '/ws')
}

const say = (...messages: readonly (string | Uint8Array)[]) =>
  connectTo(async (ws) => {
    await ws.accept()
    for (const message of messages) await ws.send(message)
    await ws.closed
  })

describe('expectDenied', () => {
  async function createClients() {
    const app = await createApp({ allowedOrigins: ['https://app.example'] })
    app.api.websocket('/ws/{id:int}', (ws) => ws.accept())
    const denied = new WebSocketTestClient(app, '/ws/1', { origin: 'https://evil.example' })
    return { denied, accepted: new WebSocketTestClient(app, '/ws/1'), wrong: new WebSocketTestClient(app, '/ws/x') }
  }

  it('gives the denial that was expected', async () => {
    const { denied, wrong } = await createClients()
    const seen = await expectDenied(denied, { status: 403, stage: 'origin', code: 'ERR_ORIGIN_NOT_ALLOWED' })

    expect(seen.detail).toBe('Origin not allowed')
    expect(await expectDenied(denied.connect(), 403)).toMatchObject({ status: 403 })
    expect(await expectDenied(denied)).toMatchObject({ status: 403 })
    expect((await expectDenied(wrong, { status: 422, code: 'ERR_INVALID_PARAMS' })).detail).toHaveLength(1)
  })

  it('fails for another denial, and shows both', async () => {
    const { denied } = await createClients()

    const wrong = expectDenied(denied, { status: 401, stage: 'origin' })
    await expect(wrong).rejects.toEqual(
      isAssertion('/ws/1 was denied with 403 by the origin stage: Origin not allowed'),
    )
    await expect(wrong).rejects.toMatchObject({
      actual: { status: 403, stage: 'origin' },
      expected: { status: 401, stage: 'origin' },
    })
  })

  it('fails for a handshake that is accepted, and leaves nothing open', async () => {
    const { accepted } = await createClients()

    await expect(expectDenied(accepted, 403)).rejects.toEqual(isAssertion('/ws/1 was to be denied, and was accepted'))
    expect(WebSocketTestClient.openConnections()).toEqual([])
  })

  it('throws what else went wrong', async () => {
    await expect(expectDenied(Promise.reject(new TypeError('no server')))).rejects.toThrow('no server')
  })
})

describe('expectClosed', () => {
  const closing = () =>
    connectTo(async (ws) => {
      await ws.accept()
      await ws.sendText('bye')
      await ws.close(4000, 'enough')
    })

  it('waits for the close, whatever arrived before', async () => {
    const ws = await closing()

    expect(await expectClosed(ws, 4000)).toEqual({ code: 4000, reason: 'enough' })
    expect(await expectClosed(ws, { reason: 'enough' })).toEqual({ code: 4000, reason: 'enough' })
    expect(await ws.receiveText()).toBe('bye')
    expect(WebSocketTestClient.openConnections()).toEqual([])
  })

  it('fails for another close, and shows what has passed', async () => {
    await expect(expectClosed(await closing(), { code: 1000, reason: 'enough' })).rejects.toEqual(
      isAssertion(/^\/ws was closed with 4000 "enough"\nwhat has passed(.|\n)*← text "bye"\n.*← close 4000 "enough"/),
    )
  })

  it('fails for a connection that stays open', async () => {
    await using ws = await say()

    await expect(expectClosed(ws, 1000, { timeout: 0 })).rejects.toThrow('it was not closed on /ws within 0 ms')
  })
})

describe('expectMessage', () => {
  it.each<[string, string | Uint8Array, Parameters<typeof expectMessage>[1]]>([
    ['text', 'hello', 'hello'],
    ['a pattern', 'hello', /^h.*o$/],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['a buffer', Uint8Array.of(1, 2), Uint8Array.of(1, 2).buffer],
    ['JSON', '{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ['JSON in bytes', Buffer.from('[1]'), [1]],
    ['anything', '', undefined],
  ])('takes %s', async (_name, sent, expected) => {
    await using ws = await say(sent, 'next')

    expect((await expectMessage(ws, expected)).data).toEqual(typeof sent === 'string' ? sent : Buffer.from(sent))
    await expectMessage(ws, 'next')
  })

  it.each<[string, string | Uint8Array, Parameters<typeof expectMessage>[1]]>([
    ['other text', 'hello', 'hallo'],
    ['text for bytes', 'hello', Buffer.from('hello')],
    ['bytes for text', Buffer.from('hello'), 'hello'],
    ['bytes for a pattern', Buffer.from('hello'), /./],
    ['other JSON', '{"a":1}', { a: 1, b: 2 }],
    ['no JSON', 'a', { a: 1 }],
  ])('refuses %s', async (_name, sent, expected) => {
    await using ws = await say(sent)

    await expect(expectMessage(ws, expected)).rejects.toEqual(
      isAssertion(/^\/ws sent another message than expected: (.|\n)*← (text|binary)/),
    )
  })
})

describe('expectNoMessage', () => {
  it('waits until the server has settled', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      for await (const text of ws.iterText()) if (text !== 'quiet') await ws.sendText(text)
    })
    await ws.sendText('quiet')
    await expectNoMessage(ws)
    await ws.sendText('loud')

    await expect(expectNoMessage(ws)).rejects.toEqual(isAssertion(/^\/ws sent a message: text "loud"\n/))
    expect(ws.unread).toEqual([{ type: 'text', data: 'loud' }])
  })

  it('lets virtual time pass', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock })
    app.api.websocket('/ws', { onConnect: (ws) => void clock.setTimeout(() => void ws.sendText('late'), 1_000) })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await expectNoMessage(ws, { during: 999 })

    await expect(expectNoMessage(ws, { during: 1 })).rejects.toEqual(isAssertion('text "late"'))
  })

  it('does not sleep', async () => {
    await using ws = await say()

    await expect(expectNoMessage(ws, { during: 1 })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })
})

it('expectBroadcast tells who must and who must not get a message', async () => {
  const app = await createApp()
  const members = new Set<WebSocketConnection>()
  app.api.websocket('/ws', {
    onConnect: (ws) => void members.add(ws),
    onMessage: (ws, { data }) => {
      for (const member of members) if (member !== ws) member.trySend(data)
    },
  })
  const client = new WebSocketTestClient(app, '/ws')
  await using ada = await client.connect()
  await using bob = await client.connect()
  await using eve = await client.connect()

  await ada.sendText('1')
  await expectBroadcast([ada, bob, eve], '1', { except: ada })
  await bob.sendText('2')
  await expect(expectBroadcast([ada, bob, eve], '2', { except: [bob, eve] })).rejects.toEqual(isAssertion('"2"'))
})
