import { HandshakeDenied, type TestClientOptions } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { build } from './demo.ts'
import { enter, expectEcho, knock, signIn } from './test-support.ts'

/** What the page is to show of a denied handshake. */
interface Expected {
  readonly stage: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly closeCode: number
  readonly headers?: Readonly<Record<string, unknown>>
}

const UNAUTHENTICATED: Expected = {
  stage: 'guards',
  status: 401,
  detail: 'Authentication required',
  code: 'ERR_NOT_AUTHENTICATED',
  closeCode: 4401,
  headers: { 'www-authenticate': 'Bearer' },
}
const FORBIDDEN: Expected = {
  stage: 'guards',
  status: 403,
  detail: 'Permission denied',
  code: 'ERR_PERMISSION_DENIED',
  closeCode: 4403,
}
const FOREIGN: Expected = {
  stage: 'origin',
  status: 403,
  detail: 'Origin not allowed',
  code: 'ERR_ORIGIN_NOT_ALLOWED',
  closeCode: 4403,
}
const LIMITED: Expected = {
  stage: 'rateLimit',
  status: 429,
  detail: 'Rate limit exceeded',
  code: 'ERR_RATE_LIMITED',
  closeCode: 4429,
  headers: { 'retry-after': expect.stringMatching(/^[1-5]$/) },
}
const CROWDED: Expected = {
  stage: 'capacity',
  status: 503,
  detail: 'Too many WebSocket connections',
  code: 'ERR_TOO_MANY_CONNECTIONS',
  closeCode: 4503,
  headers: { 'retry-after': '5' },
}

let app: FastifyInstance

beforeEach(async () => {
  app = await build()
})

afterEach(() => app.close())

describe('the gates', () => {
  it('are told to the page, with the stages in their order', async () => {
    const { stages, gates } = (await app.inject('/gates')).json()
    expect(stages.slice(0, 3)).toEqual(['upgrade', 'draining', 'origin'])
    expect(stages.indexOf('authentication')).toBeLessThan(stages.indexOf('guards'))
    expect(stages.at(-1)).toBe('handler')
    expect(gates.map(({ name }: { name: string }) => name)).toEqual(['member', 'admin', 'limited', 'crowded', 'origin'])
    expect(gates[1]).toEqual({
      name: 'admin',
      rule: 'guards: [isAdminUser()]',
      hint: expect.any(String),
      tokens: ['cookie', 'subprotocol'],
      subprotocols: ['demo.gates'],
    })
  })

  it('deny a stranger where one must be signed in', async () => {
    await expectDenied('member', {}, UNAUTHENTICATED)
    await expectDenied('admin', {}, UNAUTHENTICATED)
  })

  it('deny a token of another run before the guards are asked', async () => {
    const headers = { cookie: 'sluice-demo=of.another.run' }
    await expectDenied('member', { headers }, { ...UNAUTHENTICATED, stage: 'authentication' })
  })

  it('open for a member by the cookie, and for an admin', async () => {
    const { cookie: members } = await signIn(app, 'Ada')
    await using member = await enter(app, 'member', { headers: { cookie: members } }, 'Ada')
    await expectEcho(member)
    await expectDenied('admin', { headers: { cookie: members } }, FORBIDDEN)

    const { cookie: admins } = await signIn(app, 'Bob', true)
    await using admin = await enter(app, 'admin', { headers: { cookie: admins } }, 'Bob')
    await expectEcho(admin)
  })

  it('OR-01 deny another website that uses the cookie', async () => {
    const { cookie } = await signIn(app, 'Ada')
    await expectDenied('member', { headers: { cookie }, origin: 'https://evil.example' }, FOREIGN)
  })

  it('AU-16 take a token as a subprotocol, and never echo it', async () => {
    const { token } = await signIn(app, 'Bob', true)
    for (const path of ['admin', 'admin/close']) {
      await using ws = await enter(app, path, { subprotocols: ['bearer', token, 'demo.gates'] }, 'Bob')
      expect(ws.subprotocol).toBe('demo.gates')
      expect(JSON.stringify(ws.responseHeaders)).not.toContain(token)
    }

    const { token: members } = await signIn(app, 'Ada')
    const denied = await expectDenied('admin', { subprotocols: ['bearer', members, 'demo.gates'] }, FORBIDDEN)
    expect(denied).not.toContain(members)
  })

  it('AU-12 take a token that renews one, and do not echo it', async () => {
    const { cookie } = await signIn(app, 'Ada')
    await using ws = await enter(app, 'member', { headers: { cookie } }, 'Ada')
    const renewed = await app.inject({ method: 'POST', url: '/renew', headers: { cookie } })
    await ws.sendJson({ type: 'auth', token: renewed.json().token })
    await expectEcho(ws)

    const { token: bobs } = await signIn(app, 'Bob')
    await ws.sendJson({ type: 'auth', token: bobs })
    await expect(ws.receive()).rejects.toMatchObject({ code: 4401 })
  })

  it('RL-01 deny what comes too often, however the denial is told', async () => {
    for (let count = 0; count < 3; count++) {
      await using _ = await enter(app, 'limited')
    }
    // Tokens come back while a slow machine knocks: it knocks again.
    await vi.waitFor(() => expectDenied('limited', {}, LIMITED), { timeout: 20_000, interval: 1 })
  })

  it('count both manners of telling as one gate', async () => {
    await using first = await enter(app, 'crowded')
    await expectDenied('crowded', {}, CROWDED)
    await first.close()
    await using _ = await enter(app, 'crowded/close')
    await expectDenied('crowded', {}, CROWDED)
  })

  it('deny this website where another one is allowed', async () => {
    await expectDenied('origin', {}, FOREIGN)
    await using _ = await enter(app, 'origin', { origin: 'https://elsewhere.example' })
  })
})

describe('the handshake of the demo with itself', () => {
  it('meets a gate as the visitor would, and tells what a browser hides', async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const { cookie } = await signIn(app, 'Ada')
    const ask = async (gate: string, headers: Record<string, string> = {}) =>
      (await fetch(`${address}/handshake/gates/${gate}`, { headers })).json()

    expect(await ask('member')).toEqual({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { detail: 'Authentication required', code: 'ERR_NOT_AUTHENTICATED' },
    })
    expect(await ask('member', { cookie })).toEqual({ status: 101, headers: {}, body: null })
    expect(await ask('admin', { cookie })).toMatchObject({ status: 403, body: { detail: 'Permission denied' } })
    expect(await ask('origin')).toMatchObject({ status: 403, body: { detail: 'Origin not allowed' } })
  })

  it.each(['nowhere', '..%2f..%2fme', 'member%2fclose', 'member%3fa=b', ''])(
    'goes to no other place: %j',
    async (gate) => {
      const { statusCode } = await app.inject(`/handshake/gates/${gate}`)
      expect([400, 404]).toContain(statusCode)
    },
  )
})

/** Knocks at both routes of a gate. @returns all that was answered */
async function expectDenied(gate: string, options: TestClientOptions, expected: Expected): Promise<string> {
  const { stage, status, detail, code, closeCode, headers = {} } = expected
  const denial = await knock(app, gate, options).catch((error: unknown) => error)
  expect(denial).toBeInstanceOf(HandshakeDenied)
  expect(denial).toMatchObject({ stage, status, headers, body: { detail, code } })

  const attempt = `attempt-${gate}`
  await using ws = await knock(app, `${gate}/close`, { ...options, query: { attempt } })
  await expect(ws.receive()).rejects.toMatchObject({ code: closeCode, reason: detail })
  expect((await app.inject(`/gates/denials/${attempt}`)).json()).toEqual({ stage })
  const answer = denial as HandshakeDenied
  return JSON.stringify([answer.headers, answer.body, ws.responseHeaders, ws.subprotocol])
}
