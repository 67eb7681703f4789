import { once } from 'node:events'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createApp, token } from './app.ts'

it('echoes text', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/echo`)
  await once(ws, 'open')
  ws.send('hello')
  const [data] = await once(ws, 'message')
  expect(String(data)).toBe('hello')
  ws.terminate()
})

it('exchanges JSON', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/echo`)
  await once(ws, 'open')
  ws.send(JSON.stringify({ n: [1] }))
  const [data] = await once(ws, 'message')
  expect(JSON.parse(String(data))).toEqual({ n: [1] })
  ws.terminate()
})

it('is denied from elsewhere', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/echo`, { origin: 'https://evil.example' })
  const [request, response] = await once(ws, 'unexpected-response')
  expect(response.statusCode).toBe(403)
  const chunks = await response.toArray()
  expect(JSON.parse(Buffer.concat(chunks).toString()).detail).toBe('Origin not allowed')
  request.destroy()
})

it('is closed with a code and a reason', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/bye`)
  const [code, reason] = await once(ws, 'close')
  expect(code).toBe(4000)
  expect(String(reason)).toBe('bye')
})

it('sends a token', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/me`, { headers: { authorization: `Bearer ${token}` } })
  const [data] = await once(ws, 'message')
  expect(String(data)).toBe('ada')
  ws.terminate()
})

it('agrees on a subprotocol', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/chat`, ['chat.v1'])
  await once(ws, 'open')
  expect(ws.protocol).toBe('chat.v1')
  ws.terminate()
})

it('tells the others', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const people = Array.from({ length: 3 }, () => new WebSocket(`${address}/chat`, ['chat.v1']))
  await Promise.all(people.map((ws) => once(ws, 'open')))
  let echoed = false
  people[0]?.on('message', () => {
    echoed = true
  })
  const heard = Promise.all(people.slice(1).map((ws) => once(ws, 'message')))
  people[0]?.send('hi')
  expect((await heard).map(([data]) => String(data))).toEqual(['hi', 'hi'])
  for (const ws of people) ws.close()
  await Promise.all(people.map((ws) => once(ws, 'close')))
  expect(echoed).toBe(false)
})

it('says nothing of its own accord', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/echo`)
  const received: unknown[] = []
  ws.on('message', (data) => received.push(data))
  await once(ws, 'open')
  ws.close()
  await once(ws, 'close')
  expect(received).toEqual([])
})

it('closes with 1011 when the handler throws', async () => {
  const app = await createApp()
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const ws = new WebSocket(`${address}/broken`)
  await once(ws, 'open')
  const closed = once(ws, 'close')
  ws.send('print')
  const [code] = await closed
  expect(code).toBe(1011)
})
