import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { createApi } from '@sluice/core'
import { expectClosed, expectDenied, expectMessage, virtualClock, WebSocketTestClient } from '@sluice/testing'
import { guardContract } from '@sluice/testing/contracts'
import Fastify from 'fastify'

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

test('tells what it expects, and moves the time', async () => {
  const clock = virtualClock()
  const api = createApi({ limits: { heartbeat: { interval: 25_000, timeout: 10_000 } } })
  api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })

  const ws = await WebSocketTestClient.connect(api, '/ws', { clock })
  await clock.advance(120_000)
  await ws.sendJson({ n: 1 })
  await expectMessage(ws, { n: 1 })
  await assert.rejects(expectMessage(ws, 'more', { timeout: 0 }), /no message arrived/)
  await expectDenied(new WebSocketTestClient(api, '/ws', { origin: 'https://evil.example' }), 403)
  await ws.close()
  await expectClosed(ws, 1000)
})

const contract = guardContract({ create: isAuthenticated, allowed: { somebody: { auth: {} } }, denied: { nobody: {} } })
for (const { name, run, skip } of contract) test(`isAuthenticated ${name}`, { skip }, run)
