import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './callbacks.ts'

it('says who comes, speaks and leaves', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/lobby/Ada')
  expect(await ada.receiveText()).toBe('Ada came')

  const bob = await WebSocketTestClient.connect(app, '/ws/lobby/Bob')
  expect(await ada.receiveText()).toBe('Bob came')
  expect(await bob.receiveText()).toBe('Bob came')

  await bob.sendText('hello')
  expect(await ada.receiveText()).toBe('Bob: hello')
  expect(await bob.receiveText()).toBe('Bob: hello')

  await bob.close(1001)
  expect(await ada.receiveText()).toBe('Bob left with 1001')
})

it('passes over a binary message', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/lobby/Ada')
  await ada.sendBytes(Buffer.from('hello'))
  await ada.sendText('hello')
  expect(await ada.receiveText()).toBe('Ada came')
  expect(await ada.receiveText()).toBe('Ada: hello')
})
