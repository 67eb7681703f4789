import { guard, hasPermission, jwtAuthentication } from '@sluice/auth'
import { type AuthBackend, createAuthContext, createDenial } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { asMessage, conversingGate, SECOND } from './support/conversing.ts'
import { bearer, nameBackend, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, inBoth, openGate } from './support/gate.ts'

describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  describe('AU-23 a token as the first message', () => {
    const BY_MESSAGE = conversingGate(['message'])

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
      const site = await openGate(conversingGate(['message'], { auth: [slow] }), transport)
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
      const site = await openGate(conversingGate(['message'], { guards: [hasPermission('write')] }), transport)
      await using ws = await site.open()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4403, reason: 'Permission denied' })
      expect(site.calls).toEqual(['denied: guards'])
    })

    it('closes with the code and the text of a denial that a guard gives', async () => {
      const notToday = guard(() => createDenial('ERR_TOO_MANY_USER_CONNECTIONS', { detail: 'Not today' }))
      const site = await openGate(conversingGate(['message'], { guards: [notToday] }), transport)
      await using ws = await site.open()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4429, reason: 'Not today' })
    })

    it('RL-12 counts as a wrong credential when it is one, so that guessing by message is no cheaper', async () => {
      const authFailureLimit = { rps: 0.01, burst: 3 }
      const site = await openGate(conversingGate(['message'], { authFailureLimit }), transport)
      for (let guess = 0; guess < 3; guess++) {
        await using ws = await site.open()
        await ws.sendText(asMessage('x.y.z'))
        await expect(ws.receive()).rejects.toMatchObject({ code: 4401 })
      }
      await expect(site.open()).rejects.toMatchObject({ status: 429, stage: 'authentication' })
    })

    it('RL-12 is not looked at on connections that were opened before the guessing was noticed', async () => {
      const authFailureLimit = { rps: 0.01, burst: 1 }
      const site = await openGate(conversingGate(['message'], { authFailureLimit }), transport)
      const [first, second] = [await site.open(), await site.open()]
      await first.sendText(asMessage('x.y.z'))
      await expect(first.receive()).rejects.toMatchObject({ code: 4401 })
      await second.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(second.receive()).rejects.toMatchObject({ code: 4429, reason: 'Rate limit exceeded' })
    })

    it('is not waited for where other credentials came with the request', async () => {
      const site = await openGate(conversingGate(['header', 'message']), transport)
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
      const site = await openGate(conversingGate(['message'], { auth: [backend], maxConnectionsPerUser: 1 }), transport)
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
})

it('AU-23 a token may come in one write with the request, and what follows it waits', async () => {
  const texts = [asMessage(tokenOf({ sub: 'ada' })), 'one', 'two']
  const frames = texts.map((text) => encodeFrame(Opcode.TEXT, text, { mask: true }))
  const gate = (note: (call: string) => void): Gate => ({
    ...conversingGate(['message']),
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
