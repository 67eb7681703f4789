import { hasPermission, isAuthenticated } from '@sluice/auth'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { asMessage, converse, conversingGate, DAY, SECOND } from './support/conversing.ts'
import { bearer, nameBackend, tokenOf } from './support/credentials.ts'
import { type Gate, openGate, type Peer } from './support/gate.ts'

describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  describe('AU-12 a token that expires', () => {
    const MINUTE: Peer = { headers: bearer(tokenOf({ sub: 'ada' }, 60 * SECOND)) }
    const GRACE = 25 * SECOND
    const SPREAD = SECOND

    async function opened(gate: Gate = conversingGate(['header'])) {
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
      const site = await openGate(conversingGate(['header'], { guards: [hasPermission('write')] }), transport)
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
      const site = await openGate(conversingGate(['header']), transport)
      await using ws = await site.open({ headers: bearer(tokenOf({ sub: 'ada' }, 30 * DAY)) })
      site.clock.advance(29 * DAY)
      await ws.sendText('still here')
      expect(await ws.receiveText()).toBe('heard still here')
      site.clock.advance(DAY + GRACE + SPREAD)
      await expect(ws.receive()).rejects.toMatchObject({ code: 4440 })
    })

    it('AU-14 does not close a hundred connections at one moment', async () => {
      const site = await openGate(conversingGate(['header']), transport)
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
      const gate: Gate = { route: { auth: [nameBackend()], guards: [isAuthenticated()] }, handler: converse }
      const site = await openGate(gate, transport)
      await using ws = await site.open({ headers: { 'x-user': 'ada' } })
      site.clock.advance(365 * DAY)
      await ws.sendText(asMessage('a message of the app'))
      expect(await ws.receiveText()).toBe(`heard ${asMessage('a message of the app')}`)
    })
  })
})
