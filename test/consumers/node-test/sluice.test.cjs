const assert = require('node:assert/strict')
const { afterEach, beforeEach, test } = require('node:test')
const { createJwt, isAuthenticated, jwtAuthentication } = require('@sluice/auth')
const { sluice } = require('@sluice/core')
const { WebSocketTestClient } = require('@sluice/testing')
const { guardContract } = require('@sluice/testing/contracts')
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

  assert.equal(await ws.receiveText(), 'ababab')
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

  assert.equal(await ws.receiveText(), 'ada')
  await ws.close()
  await assert.rejects(WebSocketTestClient.connect(app, '/private'), { status: 401 })
})

const contract = guardContract({ create: isAuthenticated, allowed: { somebody: { auth: {} } }, denied: { nobody: {} } })
for (const { name, run, skip } of contract) test(`isAuthenticated ${name}`, { skip }, run)
