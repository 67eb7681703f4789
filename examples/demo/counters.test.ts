import { WebSocketTestClient } from '@sluice/testing'
import { expect, it, onTestFinished } from 'vitest'
import { build } from './demo.ts'

it('the counters that the page shows are those of the api', async () => {
  const app = await build()
  onTestFinished(() => app.close())
  await using ws = await WebSocketTestClient.connect(app, '/ws/echo')
  await ws.sendText('four')
  await ws.receiveText()
  const response = await app.inject('/stats')
  expect(response.json()).toMatchObject({
    open: 1,
    accepted: 1,
    denied: 0,
    received: { text: { messages: 1, bytes: 4 }, binary: { messages: 0 } },
    sent: { text: { messages: 1, bytes: 4 } },
    dropped: { messages: 0 },
    conflated: { messages: 0 },
    slowConsumers: 0,
  })
  expect((await app.inject('/')).body).toContain('id="counters"')
})
