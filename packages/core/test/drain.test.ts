import { describe, expect, it } from 'vitest'
import { type AuthBackend, createApi, type WebSocketConnection, WebSocketDisconnect } from '../src/index.ts'
import { ENGINES, serve } from './support/site.ts'
import { plainRequest, upgradeRequest } from './support/upgrade-request.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** Waits for a token that comes as the first message. */
const lateBackend: AuthBackend = {
  name: 'late',
  challenge: 'Bearer',
  authenticate: () => ({ kind: 'none' }),
  authenticateToken: () => ({ kind: 'none' }),
  firstMessage: { timeout: 60_000 },
}

const SHUTDOWN = { code: 1001, reason: 'Server shutdown' }

describe.each(ENGINES)('a drain with the %s engine', (engine) => {
  it('SD-03 closes batch after batch', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    for (let count = 0; count < 12; count++) await site.open('/ws')
    const connections = Array.from(site.app.api.connections)
    const open = () => connections.filter(({ state }) => state === 'open').length
    const drained = site.app.api.drain({ batchSize: 5, interval: 250 })
    expect(open()).toBe(7)
    await clock.timer(250)
    clock.advance(249)
    expect(open()).toBe(7)
    clock.advance(1)
    expect(open()).toBe(2)
    clock.advance(250)
    await drained
    expect(site.app.api.connections.size).toBe(0)
  })

  it('SD-03 closes larger batches where there is not the time for small ones', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    for (let count = 0; count < 12; count++) await site.open('/ws')
    const connections = Array.from(site.app.api.connections)
    const drained = site.app.api.drain({ batchSize: 1, interval: 100, timeout: 400 })
    expect(connections.filter(({ state }) => state === 'open')).toHaveLength(6)
    clock.advance(100)
    await drained
  })

  it('SD-01 SD-04 lets a callback finish, and hands over what has arrived', async () => {
    const handled: string[] = []
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onMessage(ws, { data }) {
          begun.resolve()
          await goOn.promise
          handled.push(String(data))
          await ws.sendText(`done ${data}`)
        },
        onDisconnect: (_, { initiator }) => void handled.push(initiator),
      }),
    )
    const client = await site.open('/ws')
    for (const text of ['a', 'b', 'c']) client.sendText(text)
    await begun.promise
    client.sendFrame(9, 'read')
    expect(await client.next()).toMatchObject({ type: 'pong' })
    const drained = site.app.api.drain()
    goOn.resolve()
    for (const text of ['a', 'b', 'c']) expect(await client.nextText()).toBe(`done ${text}`)
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
    expect(handled).toEqual(['a', 'b', 'c', 'shutdown'])
  })

  it('SD-04 lets a handler finish what it is at, and not begin anew', async () => {
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<unknown>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        for await (const text of ws.iterText()) {
          begun.resolve()
          await goOn.promise
          await ws.sendText(`done ${text}`)
        }
        ended.resolve(ws.state)
      }),
    )
    const client = await site.open('/ws')
    client.sendText('a')
    await begun.promise
    const drained = site.app.api.drain()
    goOn.resolve()
    expect(await client.nextText()).toBe('done a')
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
    expect(await ended.promise).toBe('closing')
  })

  it('SD-04 hands over the batch that forms, and sends its answers', async () => {
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', { onBatch: async (_, messages) => messages }),
    )
    const client = await site.open('/ws')
    client.sendText('a')
    client.sendText('b')
    client.sendFrame(9)
    expect(await client.next()).toMatchObject({ type: 'pong' })
    const drained = site.app.api.drain()
    expect([await client.nextText(), await client.nextText()]).toEqual(['a', 'b'])
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
  })

  it('aborts ws.signal while the connection is still open, so that a handler can say goodbye', async () => {
    const reasons: unknown[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        ws.signal.addEventListener('abort', () => {
          reasons.push(ws.signal.reason, ws.state)
          void ws.sendText('goodbye')
        })
        await ws.closed
      }),
    )
    const client = await site.open('/ws')
    const drained = site.app.api.drain()
    expect(await client.nextText()).toBe('goodbye')
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
    expect(reasons).toEqual([new WebSocketDisconnect(1001, 'Server shutdown'), 'open'])
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('says 1001 of a handler that the signal ends, by its return or by its reason', async () => {
    const site = await serve({ engine }, (app) =>
      app.api
        .websocket('/returns', async (ws) => {
          await ws.accept()
          await new Promise((resolve) => ws.signal.addEventListener('abort', resolve))
        })
        .websocket('/throws', async (ws) => {
          await ws.accept()
          await new Promise((_, reject) => ws.signal.addEventListener('abort', () => reject(ws.signal.reason)))
        }),
    )
    const clients = [await site.open('/returns'), await site.open('/throws')]
    const drained = site.app.api.drain()
    for (const client of clients) expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('SD-06 closes with 1001 what a handler that hangs holds open at the end of the time, and waits no longer', async () => {
    const clock = new VirtualClock()
    const held = Promise.withResolvers<WebSocketConnection>()
    const site = await serve({ engine, clock, limits: { heartbeat: false } }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        held.resolve(ws)
        await new Promise(() => {})
      }),
    )
    const client = await site.open('/ws')
    const ws = await held.promise
    const drained = site.app.api.drain({ timeout: 5_000 })
    expect([ws.signal.aborted, ws.state]).toEqual([true, 'open'])
    clock.advance(4_999)
    expect(ws.state).toBe('open')
    clock.advance(1)
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    expect(await client.next()).toEqual({ type: 'end' })
    await ws.closed
    clock.advance(1_000)
    await drained
    expect(site.log.filter(({ msg }) => msg.startsWith('handlers did not end'))).toMatchObject([
      { level: 40, handlers: 1 },
    ])
  })

  it('SD-02 cuts a peer that is mute at the end of the time', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock, limits: { closeTimeout: 60_000 } }, (app) =>
      app.api.websocket('/ws', { onMessage() {} }),
    )
    const clients = await Promise.all(Array.from({ length: 10 }, (_, index) => site.open('/ws', { mute: index === 0 })))
    const drained = site.app.api.drain({ timeout: 3_000 })
    for (const client of clients) expect(await client.nextClose()).toEqual(SHUTDOWN)
    for (const client of clients.slice(1)) expect(await client.next()).toEqual({ type: 'end' })
    clock.advance(3_000)
    await drained
    expect(await clients[0]?.next()).toEqual({ type: 'end' })
  })

  it('SD-08 is not ready from its beginning on, and leaves load balancers the time to see that', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock }, (app) => {
      app.get('/ready', (_, reply) => reply.code(app.api.isReady ? 200 : 503).send())
      app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
    })
    expect((await site.ask(plainRequest('/ready'))).status).toBe(200)
    const client = await site.open('/ws')
    const drained = site.app.api.drain({ delay: 2_000 })
    expect((await site.ask(plainRequest('/ready'))).status).toBe(503)
    expect((await site.ask(upgradeRequest())).status).toBe(503)
    client.sendText('still here')
    expect(await client.nextText()).toBe('still here')
    clock.advance(2_000)
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
  })

  it('SD-10 of an api concerns its own routes', async () => {
    const own = createApi().websocket('/ws', { onMessage() {} })
    const site = await serve({ engine }, async (app) => {
      app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
      await app.register(own, { prefix: '/own' })
    })
    const [theirs, other] = [await site.open('/own/ws'), await site.open('/ws')]
    expect([own.isReady, site.app.api.isReady]).toEqual([true, true])
    await own.drain()
    expect(await theirs.nextClose()).toEqual(SHUTDOWN)
    expect([own.isReady, site.app.api.isReady]).toEqual([false, true])
    expect((await site.ask(upgradeRequest({ path: '/own/ws' }))).status).toBe(503)
    other.sendText('still here')
    expect(await other.nextText()).toBe('still here')
    await site.open('/ws')
  })

  it('takes the options of the plugin when the app closes', async () => {
    const site = await serve({ engine, drain: { code: 1012 } }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    const client = await site.open('/ws')
    const closing = site.app.close()
    expect(await client.nextClose()).toEqual({ code: 1012, reason: 'Server shutdown' })
    await closing
  })

  it('runs onDisconnect before the onClose hooks of the app', async () => {
    const order: string[] = []
    const site = await serve({ engine }, (app) => {
      app.addHook('onClose', async () => void order.push('onClose'))
      app.api.websocket('/ws', {
        async onDisconnect() {
          for (let count = 0; count < 5; count++) await new Promise(setImmediate)
          order.push('onDisconnect')
        },
      })
    })
    await site.open('/ws')
    await site.app.close()
    expect(order).toEqual(['onDisconnect', 'onClose'])
  })

  it('does not count a token that cannot come any more as a denial', async () => {
    const clock = new VirtualClock()
    const auth = [{ ...lateBackend, firstMessage: { timeout: 1_000 } }]
    const site = await serve({ engine, clock }, (app) => app.api.websocket('/ws', { auth }, async () => {}))
    const client = await site.open('/ws', { mute: true })
    const drained = site.app.api.drain()
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    clock.advance(1_000)
    clock.advance(4_000)
    await drained
    expect(site.app.api.stats().denials).toEqual({})
  })

  it('does not wait for a connection that waits for its token', async () => {
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', {
        auth: [lateBackend],
        onMessage() {},
      }),
    )
    const client = await site.open('/ws')
    const drained = site.app.api.drain()
    expect(await client.nextClose()).toEqual(SHUTDOWN)
    await drained
  })
})

describe('an api', () => {
  it('is not ready before it is mounted', () => {
    expect(createApi().isReady).toBe(false)
  })
})
