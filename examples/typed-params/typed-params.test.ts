import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { build } from './typed-params.ts'

const SENSOR = '0f8fad5b-d9cb-469f-a165-70867728950e'

it('gives the handler a number and a string', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, '/ws/user/42/channel/news')
  expect(await ws.receiveText()).toBe('User 42 is in NEWS')
})

it('gives the handler a UUID and one of the names', async () => {
  await using app = await build()
  await using ws = await WebSocketTestClient.connect(app, `/ws/thermometer/${SENSOR.toUpperCase()}/kelvin`)
  expect(await ws.receiveJson()).toEqual({ id: SENSOR, temperature: 294.65 })
})

it.each(['abc', '1.5', '9007199254740993'])('denies the user_id %s before the connection opens', async (input) => {
  await using app = await build()
  const client = new WebSocketTestClient(app, `/ws/user/${input}/channel/news`)
  await expect(client.connect()).rejects.toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['path', 'user_id'], type: 'int_parsing', input }], code: 'ERR_INVALID_PARAMS' },
  })
})

it('names every parameter that is wrong', async () => {
  await using app = await build()
  const client = new WebSocketTestClient(app, '/ws/thermometer/7/fahrenheit')
  await expect(client.connect()).rejects.toMatchObject({
    status: 422,
    detail: [
      { loc: ['path', 'id'], type: 'uuid_parsing' },
      { loc: ['path', 'unit'], type: 'enum', msg: "Input should be 'celsius' or 'kelvin'" },
    ],
  })
})
