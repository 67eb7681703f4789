import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './echo.ts'

it('sends every text back', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, '/ws/echo')

  await ws.sendText('hello')
  await ws.sendText('')
  expect(await ws.receiveText()).toBe('hello')
  expect(await ws.receiveText()).toBe('')
})

it('closes with 1003 for a binary message', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, '/ws/echo', { raiseServerErrors: false })

  await ws.sendBytes(Buffer.from('hello'))
  await expect(ws.receive()).rejects.toMatchObject({ name: 'ConnectionClosed', code: 1003 })
})
