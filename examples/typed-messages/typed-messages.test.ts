import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './typed-messages.ts'

const LINE = {
  type: 'draw',
  points: [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ],
}

it('shows every viewer what is drawn, and a new one what there is', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/board')
  await using bob = await WebSocketTestClient.connect(app, '/ws/board')
  for (const viewer of [ada, bob]) expect(await viewer.receiveJson()).toEqual({ type: 'drawing', lines: [] })
  await ada.sendJson(LINE)
  expect(await bob.receiveJson()).toEqual(LINE)
  await using cleo = await WebSocketTestClient.connect(app, '/ws/board')
  expect(await cleo.receiveJson()).toEqual({ type: 'drawing', lines: [LINE.points] })
})

it('answers a message that is not valid, and shows it to nobody', async () => {
  await using app = await build()
  await using ada = await WebSocketTestClient.connect(app, '/ws/board')
  await ada.receiveJson()
  await ada.sendJson({ type: 'draw', points: [{ x: 2, y: 0 }], id: 7 })
  expect(await ada.receiveJson()).toEqual({
    type: 'error',
    code: 'validation',
    issues: [{ path: ['points', 0, 'x'], message: 'Input should be less than or equal to 1', type: 'less_than_equal' }],
    replyTo: 7,
  })
  await using bob = await WebSocketTestClient.connect(app, '/ws/board')
  expect(await bob.receiveJson()).toEqual({ type: 'drawing', lines: [] })
})
