import { guard, hasPermission, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { createDenial, HttpDenial, protect } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { plainRequest, upgradeRequest } from '../support/upgrade-request.ts'
import { nameBackend, SECRET } from './support/credentials.ts'
import { type Gate, inBoth } from './support/gate.ts'

describe('protect', () => {
  const backend = nameBackend()
  const failing = { ...backend, authenticate: () => Promise.reject(new Error('secret')) }
  const teapot = createDenial('ERR_HANDLER_DENIED', {
    status: 418,
    detail: 'Short and stout',
    headers: { 'x-tea': '1' },
  })

  it.each([
    ['nobody, where somebody is asked for', { auth: [backend], guards: [isAuthenticated()] }, {}, 401],
    ['wrong credentials', { auth: [backend] }, { 'x-user': 'wrong' }, 401],
    ['a permission that is missing', { auth: [backend], guards: [hasPermission('write')] }, { 'x-user': 'ada' }, 403],
    ['a guard that says more', { guards: [guard(() => teapot)] }, {}, 418],
    ['a guard that answers later', { guards: [guard(async () => false)] }, {}, 403],
    ['a guard that throws', { guards: [guard(() => Promise.reject(new Error('secret')))] }, {}, 500],
    ['a guard that throws a status', { guards: [guard(() => Promise.reject(new HttpDenial(402, 'Pay')))] }, {}, 402],
    ['a backend that cannot decide', { auth: [failing] }, {}, 503],
  ] as const)(
    'denies an HTTP request with the very bytes of a WebSocket denial: %s',
    async (_name, rules, headers, status) => {
      const gate = (note: (call: string) => void): Gate => ({
        route: rules,
        declare: (app) => app.get('/me', { onRequest: protect(rules) }, async () => note('HTTP handler')),
      })
      const add = Object.entries(headers)
      const { result, calls } = await inBoth(gate, async ({ exchange }) => ({
        websocket: await exchange(upgradeRequest({ add })),
        http: await exchange(plainRequest('/me', 'GET', add)),
      }))

      expect(result.http).toBe(result.websocket)
      expect(result.http).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(result.http).not.toContain('secret')
      expect(calls).not.toContain('HTTP handler')
    },
  )

  it('waits for no first message: an HTTP request has none, and its guards are asked at once', async () => {
    const auth = [jwtAuthentication({ secret: SECRET, sources: ['header', 'message'] })]
    const rules = { auth, guards: [isAuthenticated()] }
    const gate = (note: (call: string) => void): Gate => ({
      declare: (app) => app.get('/me', { onRequest: protect(rules) }, async () => note('HTTP handler')),
    })
    const { result, calls } = await inBoth(gate, ({ exchange }) => exchange(plainRequest('/me')))
    expect(result).toMatch(/^HTTP\/1\.1 401 /)
    expect(calls).toEqual([])
  })

  it('gives the handler what was proven', async () => {
    const gate: Gate = {
      declare(app) {
        app.get(
          '/me',
          { onRequest: protect({ auth: [backend], guards: [isAuthenticated()] }) },
          (request) => request.auth,
        )
        app.get('/anyone', { onRequest: protect({ auth: [backend] }) }, async (request) => ({ auth: request.auth }))
      },
    }
    const { result } = await inBoth(gate, async ({ exchange }) => ({
      me: await exchange(plainRequest('/me', 'GET', [['X-User', 'ada']])),
      anyone: await exchange(plainRequest('/anyone')),
    }))

    expect(result.me).toContain('HTTP/1.1 200 OK')
    expect(result.me).toContain('"userId":"ada"')
    expect(result.anyone).toContain('{"auth":null}')
  })

  it('GD-08 throws for options that are wrong when the route is declared', () => {
    const unknown = expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' })
    expect(() => protect({ gaurds: [isAuthenticated()] } as never)).toThrow(unknown)
    expect(() => protect({ rateLimit: { rps: 1 } } as never)).toThrow(unknown)
    expect(() => protect({ guards: [isAuthenticated] as never })).toThrow(/guards\[0\]/)
  })
})
