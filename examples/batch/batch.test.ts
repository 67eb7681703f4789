import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './batch.ts'

it('stores readings together, and acknowledges each', async () => {
  const stored: (readonly number[])[] = []
  await using app = await build(async (_, readings) => void stored.push(readings))
  await using sensor = await WebSocketTestClient.connect(app, '/ws/sensors/7')
  for (let reading = 0; reading < 200; reading++) await sensor.sendText(String(reading))
  for (let reading = 0; reading < 200; reading++) expect(await sensor.receiveText()).toBe(`stored ${reading}`)
  expect(stored.map(({ length }) => length)).toEqual([100, 100])
})

it('stores what is left when a sensor leaves', async () => {
  const stored = Promise.withResolvers<unknown>()
  await using app = await build(async (sensor, readings) => stored.resolve({ sensor, readings }))
  const sensor = await WebSocketTestClient.connect(app, '/ws/sensors/8')
  await sensor.sendText('1.5')
  await sensor.sendText('2.5')
  await sensor.close()
  expect(await stored.promise).toEqual({ sensor: 8, readings: [1.5, 2.5] })
})
