import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { build } from './demo.ts'
import { enter, expectEcho, signIn } from './test-support.ts'

let app: FastifyInstance

beforeEach(async () => {
  app = await build()
})

afterEach(() => app.close())

it('gives a cookie that neither scripts nor other websites can use, and says who is signed in', async () => {
  const { cookie, attributes } = await signIn(app, ' Ada ')
  expect(attributes).toEqual(['Path=/', 'Max-Age=120', 'HttpOnly', 'SameSite=Strict'])

  const me = await app.inject({ url: '/me', headers: { cookie } })
  expect(me.headers['cache-control']).toBe('no-store')
  expect(me.json()).toEqual({ name: 'Ada', isAdmin: false, expiresIn: expect.any(Number) })
  expect(me.json().expiresIn).toBeLessThanOrEqual(120_000)
})

it('says to a stranger what a gate says', async () => {
  const me = await app.inject('/me')
  expect(me.statusCode).toBe(401)
  expect(me.json()).toEqual({ detail: 'Authentication required', code: 'ERR_NOT_AUTHENTICATED' })
  expect(me.headers['www-authenticate']).toBe('Bearer')
})

it.each([
  ['no name', {}],
  ['a name of spaces', { name: '  ' }],
  ['a long name', { name: 'a'.repeat(25) }],
  ['a form of another website', 'name=Ada'],
])('takes no %s', async (_case, payload) => {
  const { statusCode } = await app.inject({ method: 'POST', url: '/login', payload })
  expect(statusCode).toBeGreaterThanOrEqual(400)
  expect(statusCode).toBeLessThan(500)
})

it('renews a token for the same visitor', async () => {
  const { cookie, token } = await signIn(app, 'Ada', true)
  const renewed = await app.inject({ method: 'POST', url: '/renew', headers: { cookie } })
  const subjectOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).sub
  expect(renewed.json()).toMatchObject({ name: 'Ada', isAdmin: true })
  expect(subjectOf(renewed.json().token)).toBe(subjectOf(token))
})

it('AU-21 ends with the logout, and so does what it had opened', async () => {
  const { cookie } = await signIn(app, 'Ada')
  const { cookie: bobs } = await signIn(app, 'Bob')
  await using ada = await enter(app, 'member', { headers: { cookie } }, 'Ada')
  await using bob = await enter(app, 'member', { headers: { cookie: bobs } }, 'Bob')

  const logout = await app.inject({ method: 'POST', url: '/logout', headers: { cookie } })
  expect(logout.statusCode).toBe(204)
  expect(logout.headers['set-cookie']).toMatch(/^sluice-demo=; Path=\/; Max-Age=0;/)
  await expect(ada.receive()).rejects.toMatchObject({ code: 4401, reason: 'Signed out' })
  await expectEcho(bob)
})

it('takes away a cookie that nobody can use', async () => {
  const logout = await app.inject({
    method: 'POST',
    url: '/logout',
    headers: { cookie: 'sluice-demo=of.another.run' },
  })
  expect(logout.statusCode).toBe(401)
  expect(logout.headers['set-cookie']).toMatch(/^sluice-demo=; Path=\/; Max-Age=0;/)
})
