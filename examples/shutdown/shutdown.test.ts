import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { closeOf, openWebSocket } from '../support/open-websocket.ts'
import { startExample } from '../support/start-example.ts'
import { build } from './shutdown.ts'

it('is ready until it is drained, and finishes what it is at', async () => {
  await using app = await build()
  expect((await app.inject('/ready')).statusCode).toBe(200)
  await using client = await WebSocketTestClient.connect(app, '/ws/orders')
  await client.sendText('one')
  await client.sendText('two')
  expect(await client.receiveText()).toBe('done: one')
  const drained = app.api.drain()
  expect((await app.inject('/ready')).statusCode).toBe(503)
  expect(await client.receiveText()).toBe('done: two')
  await drained
  await expect(client.receiveText()).rejects.toMatchObject({ code: 1012, reason: 'Server shutdown' })
})

it.each(['SIGTERM', 'SIGINT'] as const)('ends by itself after %s, with code 0', { timeout: 20_000 }, async (signal) => {
  await using example = await startExample('shutdown')
  const orders = await openWebSocket(example.address)
  const ticks = await openWebSocket(example.address.replace('orders', 'ticks'))
  const [code, ...closes] = await Promise.all([example.stop(signal), closeOf(orders), closeOf(ticks)])
  expect(code).toBe(0)
  for (const close of closes) expect(close).toMatchObject({ code: 1012, reason: 'Server shutdown' })
})
