const { createJwt, isAuthenticated, jwtAuthentication } = require('@sluice/auth')
const { createApi, sluice } = require('@sluice/core')
const { virtualClock, WebSocketTestClient } = require('@sluice/testing')
require('@sluice/testing/jest')
const Fastify = require('fastify')

const secret = 'a secret that is longer than thirty-two bytes'
let app

beforeEach(async () => {
  app = Fastify()
  await app.register(sluice)
})

afterEach(() => app.close())

test('echoes what a typed path asks for', async () => {
  app.api.websocket('/echo/{times:int}', async (ws, { times }) => {
    await ws.accept()
    for await (const text of ws.iterText()) await ws.sendText(text.repeat(times))
  })

  const ws = await WebSocketTestClient.connect(app, '/echo/3')
  await ws.sendText('ab')

  expect(await ws.receiveText()).toBe('ababab')
  await ws.close()
})

test('admits the bearer of a token and denies a stranger', async () => {
  const options = { auth: [jwtAuthentication({ secret, algorithms: ['HS256'] })], guards: [isAuthenticated()] }
  app.api.websocket('/private', options, async (ws) => {
    await ws.accept()
    await ws.sendText(ws.auth.userId)
  })
  const token = await createJwt({ sub: 'ada' }, { secret, expiresIn: 60_000 })

  const ws = await WebSocketTestClient.connect(app, '/private', { headers: { authorization: `Bearer ${token}` } })

  expect(await ws.receiveText()).toBe('ada')
  await ws.close()
  await expect(WebSocketTestClient.connect(app, '/private')).rejects.toMatchObject({ status: 401 })
})

test('tells what it expects, and moves the time', async () => {
  const clock = virtualClock()
  const api = createApi({ limits: { heartbeat: { interval: 25_000, timeout: 10_000 } } })
  api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })

  const ws = await WebSocketTestClient.connect(api, '/ws', { clock })
  await clock.advance(120_000)
  await expect(ws).toReceiveNoMessage()
  await ws.sendJson({ n: 1 })
  await expect(ws).toReceiveMessage({ n: 1 })
  await expect(new WebSocketTestClient(api, '/ws', { origin: 'https://evil.example' })).toBeDenied(403)
  await ws.close()
  await expect(ws).toBeClosed(1000)
})
