import {
  connectMany,
  expectBroadcast,
  expectClosed,
  expectDenied,
  expectMessage,
  expectNoMessage,
  virtualClock,
  WebSocketTestClient,
} from '@sluice/testing'
import { expect, it } from 'vitest'
import { createApp, token } from './app.ts'

it('echoes text', async () => {
  await using ws = await WebSocketTestClient.connect(await createApp(), '/echo')
  await ws.sendText('hello')
  await expectMessage(ws, 'hello')
})

it('exchanges JSON', async () => {
  await using ws = await WebSocketTestClient.connect(await createApp(), '/echo')
  await ws.sendJson({ n: [1] })
  await expectMessage(ws, { n: [1] })
})

it('is denied from elsewhere', async () => {
  const client = new WebSocketTestClient(await createApp(), '/echo', { origin: 'https://evil.example' })
  await expectDenied(client, { status: 403, detail: 'Origin not allowed' })
})

it('is closed with a code and a reason', async () => {
  const ws = await WebSocketTestClient.connect(await createApp(), '/bye')
  await expectClosed(ws, { code: 4000, reason: 'bye' })
})

it('sends a token', async () => {
  const headers = { authorization: `Bearer ${token}` }
  await using ws = await WebSocketTestClient.connect(await createApp(), '/me', { headers })
  await expectMessage(ws, 'ada')
})

it('agrees on a subprotocol', async () => {
  await using ws = await WebSocketTestClient.connect(await createApp(), '/chat', { subprotocols: ['chat.v1'] })
  expect(ws.subprotocol).toBe('chat.v1')
})

// #region others
it('tells the others', async () => {
  await using people = await connectMany(await createApp(), 3, '/chat')
  await people.at(0).sendText('hi')
  await expectBroadcast(people, 'hi', { except: people.at(0) })
})
// #endregion others

it('says nothing of its own accord', async () => {
  await using ws = await WebSocketTestClient.connect(await createApp(), '/echo')
  await expectNoMessage(ws)
})

it('closes with 1011 when the handler throws', async () => {
  const client = new WebSocketTestClient(await createApp(), '/broken', { raiseServerErrors: false })
  await using ws = await client.connect()
  await ws.sendText('print')
  await expect(ws.receive()).rejects.toMatchObject({ code: 1011, cause: new TypeError('out of paper') })
})

it('notices a peer that is gone', async () => {
  const clock = virtualClock()
  const app = await createApp({ clock })
  await using ws = await WebSocketTestClient.connect(app, '/echo')
  ws.network.silence()
  await clock.advance(40_000)
  expect(app.api.connections.size).toBe(0)
})
