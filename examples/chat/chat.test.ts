import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './chat.ts'

it('tells the others of the room, and not the one who speaks', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  await using bob = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  await using cleo = await WebSocketTestClient.connect(app, '/ws/chat/lobby')

  await ada.sendText('hello')
  expect(await bob.receiveText()).toBe('hello')
  expect(await cleo.receiveText()).toBe('hello')
  await bob.sendText('hello, Ada')
  expect(await ada.receiveText()).toBe('hello, Ada')
})

it('keeps rooms apart', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  await using bob = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  await using cleo = await WebSocketTestClient.connect(app, '/ws/chat/garden')
  await using dan = await WebSocketTestClient.connect(app, '/ws/chat/garden')

  await ada.sendText('in the lobby')
  expect(await bob.receiveText()).toBe('in the lobby')
  await dan.sendText('in the garden')
  expect(await cleo.receiveText()).toBe('in the garden')
})

it('goes on when a member leaves or is cut off', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  await using bob = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  const cleo = await WebSocketTestClient.connect(app, '/ws/chat/lobby')
  const dan = await WebSocketTestClient.connect(app, '/ws/chat/lobby')

  await cleo.close()
  dan.terminate()
  await ada.sendText('who is left?')
  expect(await bob.receiveText()).toBe('who is left?')
})
