import type { SluiceOptions, WebSocketConnection } from '@sluice/core'
import { serverOf } from '@sluice/core/internal'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectClosed, expectMessage, expectNoMessage } from '../src/expectations.ts'
import type { FaultOptions } from '../src/fault-options.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import type { WebSocketTestConnection } from '../src/websocket-test-connection.ts'
import { createApp } from './support/app.ts'

const echo = { onMessage: (ws: WebSocketConnection, { data }: { data: string | Buffer }) => ws.send(data) }

async function connectWith(faults: FaultOptions, options: SluiceOptions = {}): Promise<WebSocketTestConnection> {
  const app = await createApp(options)
  app.api.websocket('/ws', echo)
  return WebSocketTestClient.connect(app, '/ws', { faults })
}

describe.each(['frame', 'ws'] as const)('faults of the network, engine %s', (engine) => {
  it('latency: bytes take their time in each direction, and keep their order', async () => {
    const clock = virtualClock()
    await using ws = await connectWith({ latency: 40 }, { clock, engine })
    await ws.sendText('1')
    await clock.advance(30)
    await ws.sendText('2')

    await expectNoMessage(ws, { during: 49 })
    await clock.advance(1)
    await expectMessage(ws, '1')
    await expectNoMessage(ws, { during: 29 })
    await clock.advance(1)
    await expectMessage(ws, '2')
    const closing = ws.close()
    await clock.advance(200)
    await closing
  })

  it('latency: is drawn from its range by the seed', async () => {
    const arrivals = async (seed: number) => {
      const clock = virtualClock()
      await using ws = await connectWith({ latency: [10, 1_000], seed }, { clock, engine })
      const times: number[] = []
      for (let count = 0; count < 5; count++) {
        const begun = clock.now()
        const pinged = ws.ping()
        await clock.advance(2_000)
        times.push((await pinged) + begun)
      }
      const closing = ws.close()
      await clock.advance(4_000)
      await closing
      return times
    }

    expect(await arrivals(7)).toEqual(await arrivals(7))
    expect(await arrivals(8)).not.toEqual(await arrivals(7))
  })

  it.each([1, [1, 7]] as const)('chunkSize %j: nothing depends on how bytes arrive', async (chunkSize) => {
    await using ws = await connectWith({ chunkSize }, { engine })
    const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, index) => index))
    await ws.sendText('héllo 🎉')
    await ws.sendBytes(bytes)
    await ws.ping()

    await expectMessage(ws, 'héllo 🎉')
    await expectMessage(ws, bytes)
  })

  it('readRate: a slow reader takes its time', async () => {
    const clock = virtualClock()
    await using ws = await connectWith({ readRate: 1_000 }, { clock, engine })
    await ws.sendBytes(Buffer.alloc(996))
    await expectNoMessage(ws, { during: 989 })
    await clock.advance(20)
    await expectMessage(ws, Buffer.alloc(996))
    const closing = ws.close()
    await clock.advance(100)
    await closing
  })

  it('stall: what the server sends piles up, until it loses patience', async () => {
    const app = await createApp({ engine, limits: { backpressure: { highWaterMark: 65_536 } } })
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.receive()
      for (;;) if (ws.trySend(Buffer.alloc(65_536)) === 'backpressure') break
      await ws.sendText('too much')
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    ws.network.stall()
    await ws.sendText('go')
    await expect(ws.receive({ timeout: 0 })).rejects.toThrow('no message arrived')

    ws.network.restore()
    await expectClosed(ws, { code: 1013, reason: 'Slow consumer' })
  })

  it('silence: neither side learns that the other is gone, until time tells', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock, engine, limits: { closeTimeout: 5_000 } })
    app.api.websocket('/ws', echo)
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    ws.network.silence()
    ws.terminate()
    await clock.advance(1_000)
    expect(openOn(app)).toBe(1)

    const closing = app.close()
    await clock.advance(4_999)
    expect(openOn(app)).toBe(1)
    await clock.advance(1)
    await closing
    expect(openOn(app)).toBe(0)
  })

  it('restore: what was on the way arrives', async () => {
    await using ws = await connectWith({}, { engine })
    ws.network.silence()
    await ws.sendText('delayed')
    await expectNoMessage(ws)
    ws.network.restore()

    await expectMessage(ws, 'delayed')
  })

  it('reset: both sides see it', async () => {
    const app = await createApp({ engine })
    const { promise: ended, resolve } = Promise.withResolvers<unknown>()
    app.api.websocket('/ws', { onDisconnect: (_ws, event) => resolve(event) })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    ws.network.reset()

    await expectClosed(ws, 1006)
    expect(await ended).toEqual({ code: 1006, reason: '', wasClean: false, initiator: 'network' })
  })

  it('resetAtUpgrade: the client is gone before the 101 reaches it', async () => {
    const app = await createApp({ engine })
    const { promise: ended, resolve } = Promise.withResolvers<unknown>()
    app.api.websocket('/ws', { onDisconnect: (_ws, event) => resolve(event) })
    const connecting = WebSocketTestClient.connect(app, '/ws', { faults: { resetAtUpgrade: true } })

    await expect(connecting).rejects.toMatchObject({ code: 'ERR_NO_RESPONSE' })
    expect(await ended).toMatchObject({ code: 1006, wasClean: false })
    expect(openOn(app)).toBe(0)
  })

  it('corrupt: a wrong bit fails the connection or is not noticed, but nothing else happens', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      await using ws = await connectWith({ corrupt: 1, seed }, { engine })
      await ws.sendText('hello')
      await ws.sendText('world')
      await Promise.race([ws.settled().catch(() => {}), ws.untilClosed()])
      if (ws.closed) expect([1002, 1003, 1005, 1006, 1007, 1008, 1009]).toContain(ws.closeCode)
      ws.terminate()
    }
  })

  it('duplicate: frames arrive twice', async () => {
    await using ws = await connectWith({ duplicate: 1 }, { engine })
    await ws.sendText('again')

    await expectMessage(ws, 'again')
    await expectMessage(ws, 'again')
  })
})

it('has no faults to offer over a socket', async () => {
  const app = await createApp()
  app.api.websocket('/ws', echo)
  expect(() => new WebSocketTestClient(app, '/ws', { transport: 'socket', faults: {} })).toThrow("'faults'")
  await using ws = await WebSocketTestClient.connect(app, '/ws', { transport: 'socket' })

  expect(() => ws.network).toThrow("need transport 'memory'")
})

function openOn(app: FastifyInstance): number {
  return serverOf(app)?.stats.open ?? -1
}
