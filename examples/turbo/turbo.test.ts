import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './turbo.ts'

it('echoes text with the prefix, and bytes as they are', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, '/ws/echo')
  await ws.sendText('hello')
  expect(await ws.receiveText()).toBe('Echo: hello')
  await ws.sendBytes(Buffer.from([1, 2, 3]))
  expect(await ws.receiveBytes()).toEqual(Buffer.from([1, 2, 3]))
})

it('tells the others in the room', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/rooms/7')
  await using bob = await WebSocketTestClient.connect(app, '/ws/rooms/7')
  await ada.sendText('hello')
  expect(await bob.receiveText()).toBe('hello')
  await bob.sendText('hi')
  expect(await ada.receiveText()).toBe('hi')
})

it('has a room for each table of each game', async () => {
  await using app = await build()
  await using player = await WebSocketTestClient.connect(app, '/ws/chess/1/watch')
  await using other = await WebSocketTestClient.connect(app, '/ws/go/1/watch')
  await player.sendText('e4')
  expect(await player.receiveText()).toBe('e4')
  await other.sendText('D4')
  expect(await other.receiveText()).toBe('D4')
})
