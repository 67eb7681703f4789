import { createJwt, jwtAuthentication } from '@sluice/auth'
import { createApi } from '@sluice/core'
import { expectClosed, expectDenied, expectNoMessage, virtualClock, WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'

const secret = 'a secret of at least thirty-two bytes'
const SECOND = 1_000

afterEach(() => WebSocketTestClient.assertNoLeaks())

/** Five kinds of time, a hundred lengths each: minutes and hours of it, of which nothing is waited for. */
describe.each(Array.from({ length: 100 }, (_, index) => index + 1))('times %i', (factor) => {
  it('a heartbeat notices who is gone', async () => {
    const clock = virtualClock()
    const limits = { heartbeat: { interval: factor * SECOND, timeout: factor * SECOND } }
    const ends: string[] = []
    const api = createApi({ limits }).websocket('/ws', {
      onDisconnect: (_ws, { initiator }) => void ends.push(initiator),
    })
    await using ws = await WebSocketTestClient.connect(api, '/ws', { clock })
    await clock.advance(10 * factor * SECOND)
    expect(ends).toEqual([])

    ws.network.silence()
    await clock.advance(3 * factor * SECOND)
    expect(ends).toEqual(['heartbeat'])
  })

  it('a token expires', async () => {
    const clock = virtualClock()
    const auth = [jwtAuthentication({ secret, expiryGrace: 0 })]
    const api = createApi({ auth }).websocket('/ws', { onMessage: () => {} })
    const token = createJwt({ sub: 'ada' }, { secret, expiresIn: factor * SECOND, clock })
    const headers = { authorization: `Bearer ${token}` }
    await using ws = await WebSocketTestClient.connect(api, '/ws', { clock, headers })
    await expectNoMessage(ws, { during: factor * SECOND - 1 })
    expect(ws.closed).toBe(false)

    await clock.advance(1 + SECOND)
    await expectClosed(ws, 4440)
    await clock.advance(5 * SECOND)
    await expectDenied(new WebSocketTestClient(api, '/ws', { clock, headers }), 401)
  })

  it('a rate limit lets in again', async () => {
    const clock = virtualClock()
    const api = createApi({ rateLimit: { rps: 1 / factor, burst: 1 } }).websocket('/ws', { onMessage: () => {} })
    const client = new WebSocketTestClient(api, '/ws', { clock })
    await (await client.connect()).close()
    await clock.advance(factor * SECOND - 1)
    await expectDenied(client, { status: 429, stage: 'rateLimit' })

    await clock.advance(1)
    await (await client.connect()).close()
  })

  it('a handshake that is forgotten is denied', async () => {
    const clock = virtualClock()
    const api = createApi({ handshakeTimeout: factor * SECOND }).websocket('/ws', async () => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 2 * factor * SECOND))
    })
    const denied = expectDenied(new WebSocketTestClient(api, '/ws', { clock }), 503)
    await clock.advance(3 * factor * SECOND)
    await denied
  })

  it('a receive gives up', async () => {
    const clock = virtualClock()
    const api = createApi().websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.receive({ timeout: factor * SECOND }).catch((error: Error) => ws.close(4000, error.name))
    })
    await using ws = await WebSocketTestClient.connect(api, '/ws', { clock })
    await expectNoMessage(ws, { during: factor * SECOND - 1 })
    expect(ws.closed).toBe(false)

    await clock.advance(1)
    await expectClosed(ws, { code: 4000, reason: 'TimeoutError' })
  })
})
