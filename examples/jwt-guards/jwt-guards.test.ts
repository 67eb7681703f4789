import { createJwt } from '@sluice/auth'
import { type TestClientOptions, WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { startExample } from '../support/start-example.ts'
import { build } from './jwt-guards.ts'

const SECRET = 'as long as the hash that it keys: 32 bytes'
const ADA = createJwt({ sub: 'ada', permissions: ['news.write'] }, { secret: SECRET })
const BOB = createJwt({ sub: 'bob' }, { secret: SECRET })

const bearer = (token: string): TestClientOptions => ({ headers: { authorization: `Bearer ${token}` } })

it.each<[where: string, options: TestClientOptions]>([
  ['a header', bearer(ADA)],
  ['a cookie', { cookies: { session: ADA }, origin: 'http://localhost' }],
  ['a subprotocol', { subprotocols: ['news', 'bearer', ADA] }],
])('takes the token from %s', async (_where, options) => {
  await using app = await build(SECRET)
  await using ws = await WebSocketTestClient.connect(app, '/ws/news', options)
  expect(await ws.receiveText()).toBe('Hello, ada')
  expect(ws.subprotocol).toBe(options.subprotocols === undefined ? null : 'news')
})

it('gives a token for the right password, as JSON and as a cookie', async () => {
  await using app = await build(SECRET)
  const { headers, ...response } = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { name: 'ada', password: 'lovelace' },
  })
  const { token } = response.json()
  expect(headers['set-cookie']).toBe(`session=${token}; HttpOnly; SameSite=Strict; Path=/`)

  const me = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  expect(me.json()).toEqual({ name: 'ada' })
})

it.each([
  { name: 'ada', password: 'wrong' },
  { name: '__proto__', password: 'lovelace' },
])('gives none for %j', async (payload) => {
  await using app = await build(SECRET)
  const { statusCode } = await app.inject({ method: 'POST', url: '/login', payload })
  expect(statusCode).toBe(401)
})

it('lets those write who have the permission, and the others read', async () => {
  await using app = await build(SECRET)
  await using reader = await WebSocketTestClient.connect(app, '/ws/news', bearer(BOB))
  await using writer = await WebSocketTestClient.connect(app, '/ws/news/write', bearer(ADA))
  expect(await reader.receiveText()).toBe('Hello, bob')
  await writer.sendText('it works')
  expect(await reader.receiveText()).toBe('ada writes: it works')

  const refused = new WebSocketTestClient(app, '/ws/news/write', bearer(BOB))
  await expect(refused.connect()).rejects.toMatchObject({ status: 403, detail: 'Permission denied' })
})

it.each<[what: string, options: TestClientOptions]>([
  ['nothing', {}],
  ['a forged token', bearer(createJwt({ sub: 'ada' }, { secret: 'the secret of somebody else, 32 bytes' }))],
  ['a token that has expired', bearer(createJwt({ sub: 'ada' }, { secret: SECRET, expiresIn: -60_000 }))],
])('denies %s with 401', async (_what, options) => {
  await using app = await build(SECRET)
  const client = new WebSocketTestClient(app, '/ws/news', options)
  await expect(client.connect()).rejects.toMatchObject({ status: 401, detail: 'Authentication required' })
})

it('denies a cookie that another website sends with 403', async () => {
  await using app = await build(SECRET)
  const client = new WebSocketTestClient(app, '/ws/news', { cookies: { session: ADA }, origin: 'https://evil.example' })
  await expect(client.connect()).rejects.toMatchObject({ status: 403, detail: 'Origin not allowed' })
})

it('prints the address of its login', { timeout: 20_000 }, async () => {
  await using example = await startExample('jwt-guards')
  const response = await fetch(example.address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"ada","password":"lovelace"}',
  })
  expect(await response.json()).toEqual({ token: expect.any(String) })
  expect(await example.stop('SIGINT')).toBe(0)
})
