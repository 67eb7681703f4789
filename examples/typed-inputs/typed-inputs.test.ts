import { HandshakeDenied, WebSocketTestClient } from '@sluice/testing'
import { expect, it, onTestFinished } from 'vitest'
import { build } from './typed-inputs.ts'

it('gives the handler what it declared', async () => {
  const app = await build()
  onTestFinished(() => app.close())
  await using ws = await WebSocketTestClient.connect(app, '/ws/items/7?q=tea&limit=3&tags=hot&tags=green&sort=name', {
    headers: { 'User-Agent': 'curl', 'X-Token': 'abc' },
    cookies: { theme: 'dark' },
  })

  expect(await ws.receiveText()).toBe('Item 7: 3 of "tea" by name, tagged hot, green')
  expect(await ws.receiveText()).toBe('curl in dark, abc')
})

it('fills in what is not there', async () => {
  const app = await build()
  onTestFinished(() => app.close())
  await using ws = await WebSocketTestClient.connect(app, '/ws/items/7?q=tea')

  expect(await ws.receiveText()).toBe('Item 7: 10 of "tea" by price, tagged ')
  expect(await ws.receiveText()).toBe('unknown in light, no token')
})

it('denies with every field that is wrong', async () => {
  const app = await build()
  onTestFinished(() => app.close())
  const denied = await WebSocketTestClient.connect(app, '/ws/items/x?limit=500&sort=size').catch((error) => error)

  expect(denied).toBeInstanceOf(HandshakeDenied)
  expect(denied).toMatchObject({
    status: 422,
    detail: [
      { loc: ['path', 'item_id'], type: 'int_parsing', input: 'x' },
      { loc: ['query', 'q'], type: 'missing', input: null },
      { loc: ['query', 'limit'], type: 'less_than_equal', input: '500' },
      { loc: ['query', 'sort'], type: 'enum', input: 'size' },
    ],
  })
})
