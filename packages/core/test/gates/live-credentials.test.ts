import {
  guard,
  hasPermission,
  isAuthenticated,
  jwtAuthentication,
  MemoryRevocationStore,
  type TokenSource,
} from '@sluice/auth'
import {
  type AuthBackend,
  createAuthContext,
  createDenial,
  type RouteOptions,
  type WebSocketConnection,
} from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { bearer, EPOCH, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, inBoth, openGate, type Peer } from './support/gate.ts'

const SECOND = 1_000
const DAY = 86_400_000

const asMessage = (token: string) => JSON.stringify({ type: 'auth', token })

/** Answers `who` with what is known of the peer, and everything else with what was heard. */
async function answer(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  for await (const text of ws.iterText()) {
    if (text === 'who') await ws.sendJson([ws.auth?.userId, ...(ws.auth?.permissions ?? [])])
    else await ws.sendText(`heard ${text}`)
  }
}

function gateOf(sources: readonly TokenSource[], route: RouteOptions = {}): Gate {
  const auth = [jwtAuthentication({ secret: SECRET, sources })]
  return { route: { auth, guards: [isAuthenticated()], ...route }, handler: answer }
}

describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  describe('AU-23 a token as the first message', () => {
    const BY_MESSAGE = gateOf(['message'])

    it('is asked for after the 101, and then the handler runs', async () => {
      const site = await openGate(BY_MESSAGE, transport)
      await using ws = await site.open()
      await ws.ping()
      expect(site.calls).toEqual([])
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await ws.sendText('who')
      expect(await ws.receiveJson()).toEqual(['ada'])
      expect(site.calls).toEqual(['handler'])
    })

    it('may have messages right behind it, which wait until it is proven', async () => {
      const proof = Promise.withResolvers<void>()
      const { authenticateToken, ...backend } = jwtAuthentication({ secret: SECRET, sources: ['message'] })
      const slow: AuthBackend = {
        ...backend,
        async authenticateToken(...question) {
          await proof.promise
          return authenticateToken?.(...question) ?? { kind: 'none' }
        },
      }
      const site = await openGate(gateOf(['message'], { auth: [slow] }), transport)
      await using ws = await site.open()
      for (const text of [asMessage(tokenOf({ sub: 'ada' })), 'one', 'two']) await ws.sendText(text)
      await ws.ping()
      expect(site.calls).toEqual([])
      proof.resolve()
      expect([await ws.receiveText(), await ws.receiveText()]).toEqual(['heard one', 'heard two'])
    })

    it('closes with 4401 when it does not come in time', async () => {
      const site = await openGate(BY_MESSAGE, transport)
      await using ws = await site.open()
      site.clock.advance(9_999)
      await ws.ping()
      site.clock.advance(1)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4401, reason: 'Authentication required' })
      expect(site.calls).toEqual(['denied: authentication'])
    })

    it.each([
      ['something else', 'hello'],
      ['no token', '{"type":"auth"}'],
      ['a wrong token', asMessage('x.y.z')],
      ['a token that has expired', asMessage(tokenOf({ sub: 'ada' }, -60_000))],
      ['a token of 9 KB', asMessage('a'.repeat(9_000))],
    ])('closes with 4401 for %s, and says nothing more', async (_name, text) => {
      const site = await openGate(BY_MESSAGE, transport)
      await using ws = await site.open()
      for (const each of [text, 'who', 'who']) await ws.sendText(each)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4401, reason: 'Authentication required' })
      expect(site.calls).toEqual(['denied: authentication'])
    })

    it('closes with 4401 for a binary message', async () => {
      const site = await openGate(BY_MESSAGE, transport)
      await using ws = await site.open()
      await ws.sendBytes(Buffer.from(asMessage(tokenOf({ sub: 'ada' }))))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4401 })
      expect(site.calls).toEqual(['denied: authentication'])
    })

    it('closes with 4403 when a guard refuses whom it proves', async () => {
      const site = await openGate(gateOf(['message'], { guards: [hasPermission('write')] }), transport)
      await using ws = await site.open()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4403, reason: 'Permission denied' })
      expect(site.calls).toEqual(['denied: guards'])
    })

    it('closes with the code and the text of a denial that a guard gives', async () => {
      const notToday = guard(() => createDenial('ERR_TOO_MANY_USER_CONNECTIONS', { detail: 'Not today' }))
      const site = await openGate(gateOf(['message'], { guards: [notToday] }), transport)
      await using ws = await site.open()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4429, reason: 'Not today' })
    })

    it('RL-12 counts as a wrong credential when it is one, so that guessing by message is no cheaper', async () => {
      const authFailureLimit = { rps: 0.01, burst: 3 }
      const site = await openGate(gateOf(['message'], { authFailureLimit }), transport)
      for (let guess = 0; guess < 3; guess++) {
        await using ws = await site.open()
        await ws.sendText(asMessage('x.y.z'))
        await expect(ws.receive()).rejects.toMatchObject({ code: 4401 })
      }
      await expect(site.open()).rejects.toMatchObject({ status: 429, stage: 'authentication' })
    })

    it('RL-12 is not looked at on connections that were opened before the guessing was noticed', async () => {
      const authFailureLimit = { rps: 0.01, burst: 1 }
      const site = await openGate(gateOf(['message'], { authFailureLimit }), transport)
      const [first, second] = [await site.open(), await site.open()]
      await first.sendText(asMessage('x.y.z'))
      await expect(first.receive()).rejects.toMatchObject({ code: 4401 })
      await second.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(second.receive()).rejects.toMatchObject({ code: 4429, reason: 'Rate limit exceeded' })
    })

    it('is not waited for where other credentials came with the request', async () => {
      const site = await openGate(gateOf(['header', 'message']), transport)
      await using ws = await site.open({ headers: bearer(tokenOf({ sub: 'ada' })) })
      await ws.sendText('who')
      expect(await ws.receiveJson()).toEqual(['ada'])
      await expect(site.open({ headers: bearer('x.y.z') })).rejects.toMatchObject({ status: 401 })
    })

    it('keeps a connection out of api.connections until then: what is sent to all of them is not for it', async () => {
      const site = await openGate(BY_MESSAGE, transport)
      await using ws = await site.open()
      expect([...site.app.api.connections]).toEqual([])
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await ws.sendText('who')
      await ws.receiveText()
      expect([...site.app.api.connections].map(({ auth }) => auth?.userId)).toEqual(['ada'])
    })

    it('runs no handler for a client that leaves while its token is being looked at', async () => {
      const asked = Promise.withResolvers<void>()
      const proof = Promise.withResolvers<void>()
      const backend: AuthBackend = {
        ...nameBackend(),
        firstMessage: { timeout: SECOND },
        async authenticateToken(userId) {
          asked.resolve()
          await proof.promise
          return { kind: 'ok', context: createAuthContext({ userId, backend: 'name' }) }
        },
      }
      const site = await openGate(gateOf(['message'], { auth: [backend], maxConnectionsPerUser: 1 }), transport)
      const ws = await site.open()
      await ws.sendText(asMessage('ada'))
      await asked.promise
      await ws.close()
      proof.resolve()
      await using second = await site.open()
      await second.sendText(asMessage('ada'))
      await second.sendText('who')
      expect(await second.receiveJson()).toEqual(['ada'])
      expect(site.calls).toEqual(['handler'])
      expect(site.log.join('')).not.toContain('handler failed')
    })
  })

  describe('AU-12 a token that expires', () => {
    const MINUTE: Peer = { headers: bearer(tokenOf({ sub: 'ada' }, 60 * SECOND)) }
    const GRACE = 25 * SECOND
    const SPREAD = SECOND

    async function opened(gate: Gate = gateOf(['header'])) {
      const site = await openGate(gate, transport)
      return { site, ws: await site.open(MINUTE) }
    }

    it('closes with 4440 when its grace is over, and not before', async () => {
      const { site, ws } = await opened()
      site.clock.advance(60 * SECOND + GRACE - 1)
      await ws.sendText('still here')
      expect(await ws.receiveText()).toBe('heard still here')
      site.clock.advance(1 + SPREAD)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4440, reason: 'Token expired' })
    })

    it('lets no new connection in meanwhile', async () => {
      const { site, ws } = await opened()
      site.clock.advance(65 * SECOND)
      await expect(site.open(MINUTE)).rejects.toMatchObject({ status: 401 })
      await ws.close()
    })

    it('can be renewed by the same subject, as often as it likes; the handler sees the new rights and no token', async () => {
      const { site, ws } = await opened()
      for (let minute = 1; minute <= 5; minute++) {
        site.clock.advance(50 * SECOND)
        const renewed = tokenOf({ sub: 'ada', permissions: [`minute-${minute}`] }, (minute + 1) * 60 * SECOND)
        await ws.sendText(asMessage(renewed))
        await ws.ping()
        await ws.sendText('who')
        expect(await ws.receiveJson()).toEqual(['ada', `minute-${minute}`])
      }
      site.clock.advance(110 * SECOND + GRACE + SPREAD)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4440 })
    })

    it.each([
      ['another subject', tokenOf({ sub: 'bob' }, DAY)],
      ['no subject', tokenOf({}, DAY)],
      ['a token that has expired', tokenOf({ sub: 'ada' }, -10 * SECOND)],
      ['a wrong signature', `${tokenOf({ sub: 'ada' }, DAY).slice(0, -4)}AAAA`],
      ['nothing', ''],
    ])('closes with 4401 when it is renewed by %s', async (_name, token) => {
      const { site, ws } = await opened()
      await ws.sendText(asMessage(token))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4401, reason: 'Authentication required' })
      expect(site.calls).toEqual(['handler', 'denied: authentication'])
    })

    it('GD-06 closes with 4403 when the new token has lost a permission that a guard wants', async () => {
      const site = await openGate(gateOf(['header'], { guards: [hasPermission('write')] }), transport)
      const ws = await site.open({ headers: bearer(tokenOf({ sub: 'ada', permissions: ['write'] })) })
      await ws.sendText(asMessage(tokenOf({ sub: 'ada', permissions: ['write', 'read'] })))
      await ws.ping()
      await ws.sendText('who')
      expect(await ws.receiveJson()).toEqual(['ada', 'write', 'read'])
      await ws.sendText(asMessage(tokenOf({ sub: 'ada', permissions: ['read'] })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4403, reason: 'Permission denied' })
      expect(site.calls).toEqual(['handler', 'denied: guards'])
    })

    it('AU-22 is nothing that any other message can change', async () => {
      const { ws } = await opened()
      const attempts = [
        '{"user":"root"}',
        '{"type":"AUTH","token":"x"}',
        '{"auth":{"userId":"root"}}',
        '{"type":"auth"}',
      ]
      for (const attempt of attempts) {
        await ws.sendText(attempt)
        expect(await ws.receiveText()).toBe(`heard ${attempt}`)
      }
      await ws.sendText('who')
      expect(await ws.receiveJson()).toEqual(['ada'])
      await ws.close()
    })

    it('AU-13 stays open for a token of 30 days, beyond the range of a timer', async () => {
      const site = await openGate(gateOf(['header']), transport)
      await using ws = await site.open({ headers: bearer(tokenOf({ sub: 'ada' }, 30 * DAY)) })
      site.clock.advance(29 * DAY)
      await ws.sendText('still here')
      expect(await ws.receiveText()).toBe('heard still here')
      site.clock.advance(DAY + GRACE + SPREAD)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4440 })
    })

    it('AU-14 does not close a hundred connections at one moment', async () => {
      const site = await openGate(gateOf(['header']), transport)
      const sockets = await Promise.all(Array.from({ length: 100 }, () => site.open(MINUTE)))
      const stillOpen = () => [...site.app.api.connections].filter(({ state }) => state === 'open').length
      site.clock.advance(60 * SECOND + GRACE)
      site.clock.advance(SPREAD / 2)
      expect(stillOpen()).toBeGreaterThan(0)
      expect(stillOpen()).toBeLessThan(100)
      site.clock.advance(SPREAD / 2)
      expect(stillOpen()).toBe(0)
      const ends = await Promise.allSettled(sockets.map((ws) => ws.receive()))
      expect(ends.every((end) => end.status === 'rejected' && end.reason.code === 4440)).toBe(true)
    })

    it('does not end a connection whose backend says nothing of an end', async () => {
      const gate: Gate = { route: { auth: [nameBackend()], guards: [isAuthenticated()] }, handler: answer }
      const site = await openGate(gate, transport)
      await using ws = await site.open({ headers: { 'x-user': 'ada' } })
      site.clock.advance(365 * DAY)
      await ws.sendText(asMessage('a message of the app'))
      expect(await ws.receiveText()).toBe(`heard ${asMessage('a message of the app')}`)
    })
  })

  describe('AU-21 a user who is put out', () => {
    it('loses every connection, and nobody else does', async () => {
      const site = await openGate(gateOf(['header']), transport)
      const [ada, ...others] = await Promise.all(
        ['ada', 'ada', 'ada', 'bob'].map((sub) => site.open({ headers: bearer(tokenOf({ sub })) })),
      )
      const bob = others.pop()
      expect(site.app.api.disconnectUser('ada')).toBe(3)
      for (const ws of [ada, ...others]) await expect(ws?.receive()).rejects.toMatchObject({ code: 4401, reason: '' })
      await bob?.sendText('who')
      expect(await bob?.receiveJson()).toEqual(['bob'])
      expect(site.app.api.disconnectUser('ada')).toBe(0)
      expect(site.app.api.disconnectUser('bob', { code: 4003, reason: 'Banned' })).toBe(1)
      await expect(bob?.receive()).rejects.toMatchObject({ code: 4003, reason: 'Banned' })
    })

    it('is not let in again with a token that was revoked, nor can renew one with it', async () => {
      const revocation = new MemoryRevocationStore()
      const auth = [jwtAuthentication({ secret: SECRET, revocation })]
      const site = await openGate(gateOf(['header'], { auth }), transport)
      const token = tokenOf({ sub: 'ada', jti: 'one' })
      const ws = await site.open({ headers: bearer(token) })
      revocation.revoke('one', EPOCH + DAY)
      await expect(site.open({ headers: bearer(token) })).rejects.toMatchObject({ status: 401 })
      await ws.sendText(asMessage(token))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4401 })
    })
  })

  describe('RL-11 too many connections of one user', () => {
    const ada: Peer = { headers: { 'x-user': 'ada' } }
    const bob: Peer = { headers: { 'x-user': 'bob' } }

    function gateFor(maxConnectionsPerUser: NonNullable<RouteOptions['maxConnectionsPerUser']>): Gate {
      return { route: { auth: [nameBackend()], maxConnectionsPerUser }, handler: answer }
    }

    it('denies the fourth of three, and has room again when one closes', async () => {
      const site = await openGate(gateFor(3), transport)
      const [first, ...rest] = await Promise.all([site.open(ada), site.open(ada), site.open(ada)])
      await expect(site.open(ada)).rejects.toMatchObject({ status: 429, detail: 'Too many connections' })
      await using _bob = await site.open(bob)
      await using _anonymous = await site.open()
      await first?.close()
      await using _again = await site.open(ada)
      await Promise.all(rest.map((ws) => ws.close()))
    })

    it('closes the oldest with 4409 where the newest wins', async () => {
      const site = await openGate(gateFor({ max: 1, policy: 'newest-wins' }), transport)
      const first = await site.open(ada)
      await using second = await site.open(ada)
      await expect(first.receive()).rejects.toMatchObject({ code: 4409, reason: 'Replaced by a newer connection' })
      await second.sendText('who')
      expect(await second.receiveJson()).toEqual(['ada'])
    })
  })

  it('a drain closes with 1001 and lets nobody in, not even by a first message', async () => {
    const site = await openGate(gateOf(['header', 'message']), transport)
    const ada = await site.open({ headers: bearer(tokenOf({ sub: 'ada' })) })
    const stranger = await site.open()
    const drained = site.app.api.drain()
    for (const ws of [ada, stranger]) {
      await expect(ws.receive()).rejects.toMatchObject({ code: 1001, reason: 'Server shutdown' })
    }
    await drained
    await expect(site.open()).rejects.toMatchObject({ status: 503, detail: 'Server is shutting down' })
    expect(site.calls).toEqual(['handler', 'denied: draining'])
  })
})

it('AU-23 a token may come in one write with the request, and what follows it waits', async () => {
  const texts = [asMessage(tokenOf({ sub: 'ada' })), 'one', 'two']
  const frames = texts.map((text) => encodeFrame(Opcode.TEXT, text, { mask: true }))
  const gate = (note: (call: string) => void): Gate => ({
    ...gateOf(['message']),
    async handler(ws) {
      await ws.accept()
      note(`heard ${await ws.receiveText()}`)
      note(`heard ${await ws.receiveText()}`)
      ws.terminate()
    },
  })
  const { calls } = await inBoth(gate, ({ exchange }) =>
    exchange(upgradeRequest() + Buffer.concat(frames).toString('latin1')),
  )
  expect(calls).toEqual(['handler', 'heard one', 'heard two'])
})
