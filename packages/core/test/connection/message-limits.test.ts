import { Opcode } from '@sluice/protocol'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { createApi, type LimitOptions, sluice, type WebSocketConnection } from '../../src/index.ts'
import { clientFrame } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** Lets everything happen that can without anybody's doing. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve))
}

/** How a route may be written: each collects what it gets. */
const STYLES: Record<string, (api: ReturnType<typeof createApi>, limits: LimitOptions, seen: unknown[]) => void> = {
  iterator: (api, limits, seen) =>
    api.websocket('/ws', { limits }, async (ws) => {
      await ws.accept()
      for await (const { data } of ws) seen.push(data)
    }),
  callbacks: (api, limits, seen) =>
    api.websocket('/ws', { limits, onMessage: (_ws, { data }) => void seen.push(data) }),
  batches: (api, limits, seen) =>
    api.websocket('/ws', {
      limits,
      batch: { size: 1, timeout: 1 },
      onBatch: (_ws, messages) => void seen.push(...messages.map(({ data }) => data)),
    }),
}

describe.each(ENGINES)('the message rate with the %s engine', (engine) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  async function open(limits: LimitOptions, style = 'callbacks') {
    const clock = new VirtualClock()
    const seen: unknown[] = []
    const api = createApi()
    STYLES[style]?.(api, limits, seen)
    const site = await serve({ engine, clock }, (app) => app.register(api))
    return { clock, seen, site, client: await site.open('/ws') }
  }

  const frames = (...texts: string[]) => Buffer.concat(texts.map((text) => clientFrame(Opcode.TEXT, text)))

  it.each(Object.keys(STYLES))(
    'MS-05 closes with 1008, and what came before still reaches the handler: %s',
    async (style) => {
      const { client, seen, site } = await open({ messageRate: { rate: 1, burst: 2 } }, style)
      client.connection.write(frames('1', '2', '3', '4'))
      expect(await client.nextClose()).toEqual({ code: 1008, reason: 'Rate limit exceeded' })
      await client.toEnd()
      await site.settled()
      expect(seen).toEqual(['1', '2'])
    },
  )

  it('MS-05 tells the handler what it was, and whose doing', async () => {
    const ended = Promise.withResolvers<unknown>()
    const site = await serve({ engine, limits: { closeTimeout: 50, messageRate: { rate: 1 } } }, (app) =>
      app.api.websocket('/ws', {
        onMessage: () => {},
        onDisconnect: (_ws, event) => ended.resolve(event),
      }),
    )
    const client = await site.open('/ws', { mute: true })
    client.connection.write(frames('1', '2'))
    expect(await ended.promise).toEqual({
      code: 1008,
      reason: 'Rate limit exceeded',
      wasClean: false,
      initiator: 'protocol',
    })
  })

  it.each(Object.keys(STYLES))('MS-05 drops: %s', async (style) => {
    const { clock, client, seen, site } = await open({ messageRate: { rate: 1, burst: 2, action: 'drop' } }, style)
    client.connection.write(frames('1', '2', '3'))
    await turns()
    clock.advance(1_000)
    client.connection.write(frames('4', '5'))
    await turns()
    expect(seen).toEqual(['1', '2', '4'])
    expect(site.app.api.stats()).toMatchObject({
      received: { text: { messages: 3 } },
      rateLimited: { messages: 2, bytes: 2 },
    })
  })

  it('MS-05 is the same on turbo routes, and so is the idle timeout', async () => {
    const clock = new VirtualClock()
    const messageRate = { rate: 1, burst: 2, action: 'throttle' } as const
    const limits = { messageRate, idleTimeout: 60_000, heartbeat: false } as const
    const site = await serve({ engine, clock }, (app) => app.api.turboWebsocket('/ws', { mode: 'echo', limits }))
    const client = await site.open('/ws')
    client.connection.write(frames('1', '2', '3'))
    expect([await client.nextText(), await client.nextText()]).toEqual(['1', '2'])
    clock.advance(1_000)
    expect(await client.nextText()).toBe('3')
    clock.advance(40_000)
    client.sendText('4')
    expect(await client.nextText()).toBe('4')
    clock.advance(60_000)
    expect(await client.nextClose()).toEqual({ code: 1001, reason: 'idle timeout' })
  })

  it('MS-05 answers', async () => {
    const { clock, client, seen } = await open({ messageRate: { rate: 2, burst: 1, action: 'reply' } })
    client.connection.write(frames('1', '2'))
    expect(JSON.parse(await client.nextText())).toEqual({ type: 'error', code: 'rate_limited', retryAfterMs: 500 })
    clock.advance(500)
    client.sendText('3')
    await turns()
    expect(seen).toEqual(['1', '3'])
  })

  it.each(Object.keys(STYLES))('MS-05 throttles, and loses nothing: %s', async (style) => {
    const { clock, client, seen } = await open({ messageRate: { rate: 1, burst: 2, action: 'throttle' } }, style)
    client.connection.write(frames('1', '2', '3', '4'))
    for (const expected of [2, 3, 4, 4]) {
      await turns()
      expect(seen).toHaveLength(expected)
      clock.advance(1_000)
    }
    expect(seen).toEqual(['1', '2', '3', '4'])
  })

  it('MS-13 keeps the two reasons to pause apart: a full inbox and the rate', async () => {
    const clock = new VirtualClock()
    const opened = Promise.withResolvers<WebSocketConnection>()
    const limits = { inbox: { messages: 2 }, messageRate: { rate: 1, burst: 2, action: 'throttle' } } as const
    const site = await serve({ engine, clock, limits }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        opened.resolve(ws)
        await ws.closed
      }),
    )
    const client = await site.open('/ws')
    const ws = await opened.promise
    client.connection.write(frames('1', '2', '3', '4', '5'))
    await turns()
    // The rate would go on, but the inbox is full.
    clock.advance(10_000)
    await turns()
    expect([await ws.receiveText(), await ws.receiveText()]).toEqual(['1', '2'])
    await turns()
    expect([await ws.receiveText(), await ws.receiveText()]).toEqual(['3', '4'])
    // The inbox would go on, but the rate is exceeded.
    let fifth = ''
    void ws.receiveText().then((text) => (fifth = text))
    await turns()
    expect(fifth).toBe('')
    clock.advance(1_000)
    await turns()
    expect(fifth).toBe('5')
  })

  it('MS-13 spares a throttled peer the heartbeat', async () => {
    const { clock, client, seen } = await open({
      messageRate: { rate: 0.001, burst: 1, action: 'throttle' },
      heartbeat: { interval: 1_000, timeout: 500 },
    })
    client.connection.write(frames('1', '2'))
    for (let count = 0; count < 100; count++) {
      clock.advance(1_000)
      await turns()
    }
    expect(seen).toEqual(['1'])
    clock.advance(901_000)
    await turns()
    expect(seen).toEqual(['1', '2'])
  })

  it('MS-05 counts bytes', async () => {
    const { client, seen } = await open({ messageRate: { rate: 1_000, burst: 1_000, per: 'byte', action: 'drop' } })
    client.connection.write(frames('x'.repeat(600), 'y'.repeat(600), 'z'.repeat(400)))
    await turns()
    expect(seen).toEqual(['x'.repeat(600), 'z'.repeat(400)])
  })

  it('counts messages, not their parts, and no control frames', async () => {
    const { client, seen } = await open({ messageRate: { rate: 1, burst: 1, action: 'drop' } })
    client.sendFrame(Opcode.TEXT, 'a', { fin: false })
    for (let count = 0; count < 10; count++) {
      client.sendFrame(Opcode.PING, 'p')
      client.sendFrame(Opcode.CONTINUATION, 'b', { fin: false })
    }
    client.sendFrame(Opcode.CONTINUATION, 'c')
    client.sendText('too many')
    await turns()
    expect(seen).toEqual([`a${'b'.repeat(10)}c`])
  })

  it.each(['memory', 'socket'] as const)('is the same for a test client over %s', async (transport) => {
    const app = Fastify()
    await app.register(sluice, { engine, clock: new VirtualClock() })
    app.api.websocket('/ws', {
      limits: { messageRate: { rate: 1, burst: 2 } },
      onMessage: (ws, { data }) => ws.send(data),
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    for (const text of ['1', '2', '3']) await ws.sendText(text)
    expect([await ws.receiveText(), await ws.receiveText()]).toEqual(['1', '2'])
    await expect(ws.receive()).rejects.toMatchObject({ code: 1008, reason: 'Rate limit exceeded' })
  })
})

describe.each(ENGINES)('control frames with the %s engine', (engine) => {
  it.each([
    ['pings', Opcode.PING],
    ['pongs', Opcode.PONG],
  ])('MS-05 closes a flood of 100,000 %s', async (_, opcode) => {
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', { onMessage: () => {} }),
    )
    const client = await site.open('/ws')
    client.connection.write(Buffer.concat(Array.from({ length: 100_000 }, () => clientFrame(opcode, 'x'))))
    const told = await client.toEnd()
    expect(told.filter(({ type }) => type === 'pong').length).toBeLessThanOrEqual(1_001)
    // ws cuts by itself a peer that pings faster than the answers leave.
    if (engine === 'frame' || opcode === Opcode.PONG) {
      expect(told.at(-1)).toEqual({ type: 'close', code: 1008, reason: 'Too many control frames' })
    }
    await site.settled()
  })

  it('have a rate that can be set, and switched off', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock }, (app) => {
      app.api.websocket('/strict', { limits: { controlFrameRate: { rate: 1, burst: 2 } }, onMessage: () => {} })
      app.api.websocket('/free', { limits: { controlFrameRate: false }, onMessage: () => {} })
    })
    const strict = await site.open('/strict')
    for (let count = 0; count < 2; count++) {
      strict.sendFrame(Opcode.PING)
      expect((await strict.next()).type).toBe('pong')
    }
    clock.advance(1_000)
    strict.sendFrame(Opcode.PING)
    expect((await strict.next()).type).toBe('pong')
    strict.sendFrame(Opcode.PONG)
    expect(await strict.nextClose()).toMatchObject({ code: 1008 })

    const free = await site.open('/free')
    for (let count = 0; count < 200; count++) {
      for (let each = 0; each < 10; each++) free.sendFrame(Opcode.PING)
      for (let each = 0; each < 10; each++) expect((await free.next()).type).toBe('pong')
    }
  })
})

describe.each(ENGINES)('the idle timeout with the %s engine', (engine) => {
  async function open(limits: LimitOptions) {
    const clock = new VirtualClock()
    const opened = Promise.withResolvers<WebSocketConnection>()
    const site = await serve({ engine, clock, limits: { heartbeat: false, ...limits } }, (app) =>
      app.api.websocket('/ws', {
        onConnect: (ws) => opened.resolve(ws),
        onMessage: () => {},
      }),
    )
    return { clock, site, client: await site.open('/ws'), ws: await opened.promise }
  }

  it('PR-16 closes a connection without messages with 1001', async () => {
    const { clock, client, ws } = await open({ idleTimeout: 60_000 })
    clock.advance(59_999)
    expect(ws.state).toBe('open')
    clock.advance(1)
    expect(await client.nextClose()).toEqual({ code: 1001, reason: 'idle timeout' })
    expect(await ws.closed).toMatchObject({ code: 1001, wasClean: true, initiator: 'server' })
    expect(clock.delays).toEqual([])
  })

  it('PR-16 is put off by messages in either direction', async () => {
    const { clock, client, ws } = await open({ idleTimeout: 60_000 })
    for (let count = 0; count < 3; count++) {
      clock.advance(40_000)
      client.sendText('x')
      await turns()
      clock.advance(40_000)
      await ws.sendText('y')
      await turns()
    }
    clock.advance(59_999)
    expect(ws.state).toBe('open')
    clock.advance(1)
    expect(ws.state).toBe('closing')
  })

  it('PR-16 is not put off by pings, pongs and parts of messages', async () => {
    const { clock, client, ws } = await open({ idleTimeout: 60_000, heartbeat: { interval: 1_000, timeout: 500 } })
    for (let count = 0; count < 59; count++) {
      clock.advance(1_000)
      client.sendFrame(Opcode.PING)
      await turns()
    }
    expect(ws.state).toBe('open')
    clock.advance(1_000)
    expect(ws.state).toBe('closing')
  })

  it('is off unless it is asked for', async () => {
    const { clock, ws } = await open({})
    clock.advance(10_000_000)
    expect(ws.state).toBe('open')
  })
})
