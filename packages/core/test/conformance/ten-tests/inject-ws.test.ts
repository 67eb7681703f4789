import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createApp, token } from './fastify-websocket-app.ts'

it('echoes text', async () => {
  const app = await createApp()
  await app.ready()
  const ws = await app.injectWS('/echo')
  ws.send('hello')
  const [data] = await once(ws, 'message')
  expect(String(data)).toBe('hello')
  ws.terminate()
})

it('exchanges JSON', async () => {
  const app = await createApp()
  await app.ready()
  const ws = await app.injectWS('/echo')
  ws.send(JSON.stringify({ n: [1] }))
  const [data] = await once(ws, 'message')
  expect(JSON.parse(String(data))).toEqual({ n: [1] })
  ws.terminate()
})

it('is denied from elsewhere', async () => {
  const app = await createApp()
  await app.ready()
  const connecting = app.injectWS('/echo', { headers: { origin: 'https://evil.example' } })
  await expect(connecting).rejects.toThrow('Unexpected server response: 403')
})

it('is closed with a code and a reason', async () => {
  const app = await createApp()
  await app.ready()
  let closed: Promise<unknown[]> | undefined
  await app.injectWS(
    '/bye',
    {},
    {
      onInit: (ws) => {
        closed = once(ws, 'close')
      },
    },
  )
  const [code, reason] = (await closed) ?? []
  expect(code).toBe(4000)
  expect(String(reason)).toBe('bye')
})

it('sends a token', async () => {
  const app = await createApp()
  await app.ready()
  let message: Promise<unknown[]> | undefined
  const headers = { authorization: `Bearer ${token}` }
  const ws = await app.injectWS(
    '/me',
    { headers },
    {
      onInit: (ws) => {
        message = once(ws, 'message')
      },
    },
  )
  expect(String((await message)?.[0])).toBe('ada')
  ws.terminate()
})

// #region others
it('tells the others', async () => {
  const app = await createApp()
  await app.ready()
  const people = await Promise.all([app.injectWS('/chat'), app.injectWS('/chat'), app.injectWS('/chat')])
  const [ada, bob, eve] = people
  let echoed = false
  ada.on('message', () => {
    echoed = true
  })
  const heard = Promise.all([once(bob, 'message'), once(eve, 'message')])
  ada.send('hi')
  expect((await heard).map(String)).toEqual(['hi,false', 'hi,false'])
  for (const ws of people) ws.close()
  await Promise.all(people.map((ws) => once(ws, 'close')))
  expect(echoed).toBe(false)
})
// #endregion others

it('says nothing of its own accord', async () => {
  const app = await createApp()
  await app.ready()
  const received: unknown[] = []
  const ws = await app.injectWS('/echo', {}, { onInit: (ws) => ws.on('message', (data) => received.push(data)) })
  ws.close()
  await once(ws, 'close')
  expect(received).toEqual([])
})

it('closes with 1011 when the handler throws', async () => {
  const app = await createApp()
  await app.ready()
  const ws = await app.injectWS('/broken')
  const closed = once(ws, 'close')
  ws.send('print')
  const [code] = await closed
  expect(code).toBe(1011)
})
