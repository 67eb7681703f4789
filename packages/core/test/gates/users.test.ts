import { jwtAuthentication, MemoryRevocationStore } from '@sluice/auth'
import type { RouteOptions } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { asMessage, converse, conversingGate, DAY } from './support/conversing.ts'
import { bearer, EPOCH, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, openGate, type Peer } from './support/gate.ts'

describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  describe('AU-21 a user who is put out', () => {
    it('loses every connection, and nobody else does', async () => {
      const site = await openGate(conversingGate(['header']), transport)
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
      const site = await openGate(conversingGate(['header'], { auth }), transport)
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
      return { route: { auth: [nameBackend()], maxConnectionsPerUser }, handler: converse }
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
    const site = await openGate(conversingGate(['header', 'message']), transport)
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
