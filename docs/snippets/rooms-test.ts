import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './rooms.ts'

it('answers in the name of the room', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, '/ws/rooms/7')
  await ws.sendText('hello')
  expect(await ws.receiveText()).toBe('room 7: hello')
})

it('denies a room that is not a number', async () => {
  await using app = await build()
  await expect(WebSocketTestClient.connect(app, '/ws/rooms/kitchen')).rejects.toMatchObject({
    status: 422,
    detail: [{ loc: ['path', 'room_id'], type: 'int_parsing', input: 'kitchen' }],
  })
})
