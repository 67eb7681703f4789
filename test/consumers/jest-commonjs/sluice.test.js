const { createJwt, isAuthenticated, jwtAuthentication } = require('@sluice/auth')
const { sluice } = require('@sluice/core')
const { WebSocketTestClient } = require('@sluice/testing')
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
