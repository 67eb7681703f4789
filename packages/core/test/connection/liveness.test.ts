import { Opcode } from '@sluice/protocol'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createApi, type LimitOptions, sluice, type WebSocketConnection } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import type { RawWebSocketOptions } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const turn = () => new Promise(setImmediate)

/** More turns than the heartbeat waits before its verdict. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await turn()
}

describe.each(ENGINES)('the heartbeat with the %s engine', (engine) => {
  async function open(limits: LimitOptions, options: RawWebSocketOptions = {}) {
    const clock = new VirtualClock()
    const opened = Promise.withResolvers<WebSocketConnection>()
    const site = await serve({ engine, clock, limits }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        opened.resolve(ws)
        await ws.closed
      }),
    )
    const client = await site.open('/ws', options)
    return { clock, site, client, ws: await opened.promise }
  }

  it('PR-15 cuts a peer that is gone: 1006, by the heartbeat, told to the handler at once', async () => {
    const { clock, site, client, ws } = await open({}, { mute: true })
    const receiving = outcomeOf(() => ws.receive())
    clock.advance(25_000)
    expect((await client.next()).type).toBe('ping')
    await turns()
    clock.advance(9_999 - 2_500)
    await turns()
    expect(ws.state).toBe('open')
    clock.advance(2_501)
    expect(await ws.closed).toEqual({
      code: 1006,
      reason: 'heartbeat timeout',
      wasClean: false,
      initiator: 'heartbeat',
    })
    expect(await receiving).toBe('WebSocketDisconnect 1006')
    expect(ws.signal.reason).toMatchObject({ code: 1006, reason: 'heartbeat timeout' })
    expect(await client.toEnd()).toEqual([])
    expect(await site.logged('WebSocket peer is gone')).toMatchObject([{ level: 30, route: '/ws' }])
    expect(clock.delays).toEqual([])
  })

  it('keeps a peer that answers for ever', async () => {
    const { clock, client, ws } = await open({})
    for (let count = 0; count < 20; count++) {
      clock.advance(10_000)
      await turns()
    }
    expect(ws.state).toBe('open')
    expect((await client.next()).type).toBe('ping')
  })

  it.each([
    ['a ping', Opcode.PING, {}],
    ['a part of a message', Opcode.BINARY, { fin: false }],
    ['a pong that answers nothing', Opcode.PONG, {}],
  ] as const)('takes %s for a sign of life', async (_, opcode, frame) => {
    const { clock, client, ws } = await open({ messageTimeout: 1_000_000 }, { mute: true })
    clock.advance(25_000)
    expect((await client.next()).type).toBe('ping')
    client.sendFrame(opcode, 'x', frame)
    await turns()
    clock.advance(10_000)
    await turns()
    expect(ws.state).toBe('open')
  })

  it('MS-13 does not cut a peer that it does not read because the handler is slow', async () => {
    const { clock, client, ws } = await open({ inbox: { messages: 2 } })
    for (let count = 0; count < 10; count++) client.sendText(`${count}`)
    await turns()
    for (let count = 0; count < 20; count++) {
      clock.advance(20_000)
      await turns()
    }
    expect(ws.state).toBe('open')
    for (let count = 0; count < 10; count++) expect(await ws.receiveText()).toBe(`${count}`)
    clock.advance(100_000)
    await turns()
    expect(ws.state).toBe('open')
  })

  it('has a pong of its own, which answers the pings of the user before it and none behind it', async () => {
    const { clock, client, ws } = await open({}, { mute: true })
    const before = ws.ping('mine')
    expect(await client.next()).toEqual({ type: 'ping', data: 'mine' })
    clock.advance(25_000)
    const heartbeat = await client.next()
    if (heartbeat.type !== 'ping') throw new Error(`expected a ping, got ${heartbeat.type}`)
    const behind = ws.ping('')
    client.sendFrame(Opcode.PONG, Buffer.from(heartbeat.data, 'latin1'))
    expect(await before).toBe(25_000)
    clock.advance(1)
    client.sendFrame(Opcode.PONG)
    expect(await behind).toBe(1)
  })

  it('can be switched off', async () => {
    const { clock, ws } = await open({ heartbeat: false }, { mute: true })
    expect(clock.delays).toEqual([])
    clock.advance(1_000_000)
    await turns()
    expect(ws.state).toBe('open')
  })

  it('has one timer for all connections', async () => {
    const { clock, site } = await open({})
    for (let count = 0; count < 20; count++) await site.open('/ws')
    expect(clock.delays).toHaveLength(1)
  })

  it('stops with the connection', async () => {
    const { clock, client, ws } = await open({})
    client.close(1000)
    await ws.closed
    expect(clock.delays).toEqual([])
  })

  it.each(['memory', 'socket'] as const)(
    'leaves a test client over %s alone, however far the clock jumps',
    async (transport) => {
      const clock = new VirtualClock()
      const api = createApi()
      api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
      const app = Fastify()
      await app.register(sluice, { engine, clock })
      await app.register(api)
      await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
      for (let count = 0; count < 5; count++) {
        clock.advance(1_000_000)
        await turns()
        await ws.sendText(`${count}`)
        expect(await ws.receiveText()).toBe(`${count}`)
      }
    },
  )
})
