import { createJwt } from '@sluice/auth'
import { WebSocketTestClient } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { expect, it } from 'vitest'
import { build } from './browser-tickets.ts'

const SECRET = 'as long as the hash that it keys: 32 bytes'
const ORIGIN = 'http://localhost'
const SESSION = createJwt({ sub: 'Ada' }, { secret: SECRET })

async function ticketFor(
  app: FastifyInstance,
  cookie = `session=${SESSION}`,
): Promise<{ status: number; ticket: string }> {
  const response = await app.inject({ method: 'POST', url: '/tickets', headers: { cookie, origin: ORIGIN } })
  return { status: response.statusCode, ticket: response.json().ticket }
}

it('opens the WebSocket of a visitor who is known by a cookie', async () => {
  await using app = await build(SECRET)
  const { ticket } = await ticketFor(app)
  await using ws = await WebSocketTestClient.connect(app, '/ws', { query: { ticket }, origin: ORIGIN })
  expect(await ws.receiveText()).toBe('Hello, Ada')
  await ws.sendText('hi')
  expect(await ws.receiveText()).toBe('Ada: hi')
})

it('gives a session for a name, and no ticket without one', async () => {
  await using app = await build(SECRET)
  const login = await app.inject({ method: 'POST', url: '/login', payload: { name: 'Ada' } })
  expect((await ticketFor(app, String(login.headers['set-cookie']).split(';', 1)[0])).status).toBe(200)
  expect((await ticketFor(app, 'session=x.y.z')).status).toBe(401)
})

it('takes a ticket once, from its own website, and nothing else', async () => {
  await using app = await build(SECRET)
  const { ticket } = await ticketFor(app)
  const [used, stolen] = [ticket, (await ticketFor(app)).ticket]
  await using _ws = await WebSocketTestClient.connect(app, '/ws', { query: { ticket: used }, origin: ORIGIN })

  for (const options of [
    { query: { ticket: used }, origin: ORIGIN },
    { query: { ticket: stolen } },
    { query: { ticket: 'made up' }, origin: ORIGIN },
    { cookies: { session: SESSION }, origin: ORIGIN },
  ]) {
    const client = new WebSocketTestClient(app, '/ws', options)
    await expect(client.connect()).rejects.toMatchObject({ status: 401, detail: 'Authentication required' })
  }
})
