import { describe, expect, it } from 'vitest'
import type { CloseEvent, WebSocketConnection } from '../src/index.ts'
import { ENGINES, serve } from './support/site.ts'
import { plainRequest, upgradeRequest } from './support/upgrade-request.ts'
import { VirtualClock } from './support/virtual-clock.ts'

describe.each(ENGINES)('the shutdown of a server with the %s engine', (engine) => {
  it('closes every connection with 1001 and tells each handler', async () => {
    const ends: CloseEvent[] = []
    const reasons: unknown[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        ws.signal.addEventListener('abort', () => reasons.push(ws.signal.reason))
        for await (const _ of ws) throw new Error('no message was sent')
        ends.push(await ws.closed)
      }),
    )
    const clients = await Promise.all(Array.from({ length: 20 }, () => site.open('/ws')))
    const closing = site.app.close()
    for (const client of clients) {
      expect(await client.nextClose()).toEqual({ code: 1001, reason: 'Server shutdown' })
      expect(await client.next()).toEqual({ type: 'end' })
    }
    await closing
    expect(ends).toHaveLength(20)
    expect(new Set(ends.map((end) => JSON.stringify(end)))).toEqual(
      new Set([JSON.stringify({ code: 1001, reason: '', wasClean: true, initiator: 'shutdown' })]),
    )
    for (const reason of reasons) expect(reason).toMatchObject({ name: 'WebSocketDisconnect', code: 1001 })
    expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 20, closed: 20, handlerErrors: 0 })
  })

  it('says 1012 for a restart', async () => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    const client = await site.open('/ws')
    const drained = site.app.api.drain({ code: 1012 })
    expect(await client.nextClose()).toEqual({ code: 1012, reason: 'Server shutdown' })
    await drained
    expect(site.app.api.connections.size).toBe(0)
  })

  it('SD-02 cuts a mute peer after closeTimeout', async () => {
    const clock = new VirtualClock()
    const ends: CloseEvent[] = []
    const site = await serve({ engine, clock, limits: { closeTimeout: 7_000 } }, (app) =>
      app.api.websocket('/ws', { onDisconnect: (_, event) => void ends.push(event) }),
    )
    const mute = await site.open('/ws', { mute: true })
    const closing = site.app.close()
    expect(await mute.nextClose()).toMatchObject({ code: 1001 })
    await clock.timer(7_000)
    clock.advance(6_999)
    expect(ends).toEqual([])
    clock.advance(1)
    await closing
    expect(ends).toEqual([{ code: 1006, reason: '', wasClean: false, initiator: 'shutdown' }])
  })

  it('cuts what is left when the time of the drain is up', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock, limits: { closeTimeout: 60_000 } }, (app) =>
      app.api.websocket('/ws', { onMessage() {} }),
    )
    const mute = await site.open('/ws', { mute: true })
    const drained = site.app.api.drain({ timeout: 500 })
    expect(await mute.nextClose()).toMatchObject({ code: 1001 })
    await clock.timer(500)
    clock.advance(500)
    await drained
    expect(site.app.api.connections.size).toBe(0)
  })

  it('HS-23 denies new handshakes with 503 while it drains', async () => {
    const clock = new VirtualClock()
    let runs = 0
    const site = await serve({ engine, clock }, (app) => app.api.websocket('/ws', { onConnect: () => void runs++ }))
    const mute = await site.open('/ws', { mute: true })
    const drained = site.app.api.drain()
    await mute.nextClose()
    for (let count = 0; count < 5; count++) {
      const response = await site.ask(upgradeRequest())
      expect(response.status).toBe(503)
      expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1)
      expect(JSON.parse(response.body)).toEqual({ detail: 'Server is shutting down', code: 'ERR_SHUTTING_DOWN' })
    }
    expect(runs).toBe(1)
    mute.connection.destroy()
    await drained
  })

  it('HS-23 denies new handshakes with 503 while the app closes', async () => {
    const clock = new VirtualClock()
    const site = await serve({ engine, clock }, (app) => {
      app.get('/http', () => 'plain')
      app.api.websocket('/ws', { onMessage() {} })
    })
    const mute = await site.open('/ws', { mute: true })
    const closing = site.app.close()
    await mute.nextClose()
    for (const path of ['/ws', '/http', '/nope', '/%zz']) {
      expect((await site.ask(upgradeRequest({ path }))).status, path).toBe(503)
    }
    expect((await site.ask(plainRequest('/http'))).status).toBe(503)
    mute.connection.destroy()
    await closing
  })

  it('HS-23 denies a handshake that was being decided when the drain began', async () => {
    const begun = Promise.withResolvers<WebSocketConnection>()
    const goOn = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<unknown>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        begun.resolve(ws)
        await goOn.promise
        await ws.accept().catch(ended.resolve)
      }),
    )
    const connection = await site.dial()
    connection.write(upgradeRequest())
    const ws = await begun.promise
    const drained = site.app.api.drain()
    goOn.resolve()
    expect((await connection.response()).status).toBe(503)
    await drained
    expect(await ended.promise).toMatchObject({ name: 'WebSocketDisconnect' })
    expect(ws.state).toBe('closed')
    expect((await ws.closed).code).toBe(1006)
    expect(ws.signal.aborted).toBe(true)
  })

  it('drains once, however often it is asked', async () => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    const client = await site.open('/ws')
    const { api } = site.app
    const all = Promise.all([api.drain(), api.drain(), site.app.close(), site.app.close()])
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1001, reason: 'Server shutdown' }])
    await all
    await api.drain()
    expect(api.stats()).toMatchObject({ open: 0, accepted: 1, denied: 0, closed: 1, handlerErrors: 0 })
  })

  it('waits for no close timeout of a client that has closed already', async () => {
    const site = await serve({ engine, limits: { closeTimeout: 600_000 } }, (app) =>
      app.api.websocket('/ws', { onMessage() {} }),
    )
    const client = await site.open('/ws')
    const [ws] = site.app.api.connections
    client.close()
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
    await site.app.api.drain()
    expect(await ws?.closed).toMatchObject({ code: 1000, initiator: 'client' })
  })

  it.each([{ timeout: -1 }, { timeout: Number.NaN }, { code: 1006 }, { code: 1000 }, { tiemout: 1 }])(
    'refuses to drain with %o',
    async (options) => {
      const site = await serve({ engine }, (app) => app.api.websocket('/ws', { onMessage() {} }))
      const client = await site.open('/ws')
      await expect(site.app.api.drain(options as never)).rejects.toMatchObject({ name: 'SluiceError' })
      client.close()
      expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
    },
  )
})

describe.each(ENGINES)('the counters of a server with the %s engine', (engine) => {
  it('count what was accepted, denied and closed, and what handlers threw', async () => {
    const site = await serve({ engine }, (app) => {
      app.api
        .websocket('/ok', { onMessage() {} })
        .websocket('/no', (ws) => ws.deny())
        .websocket('/throws', () => {
          throw new Error('before accept')
        })
        .websocket('/{id:int}', { onMessage() {} })
    })
    expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 0, denied: 0, closed: 0, handlerErrors: 0 })
    const client = await site.open('/ok')
    for (const [path, status] of [
      ['/no', 403],
      ['/throws', 500],
      ['/x', 422],
      ['/nope', 422],
    ] as const) {
      expect((await site.ask(upgradeRequest({ path }))).status).toBe(status)
    }
    expect((await site.ask(upgradeRequest({ path: '/a/b' }))).status).toBe(404)
    expect(site.app.api.stats()).toMatchObject({ open: 1, accepted: 1, denied: 4, closed: 0, handlerErrors: 1 })
    client.close()
    await site.settled()
    expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 1, denied: 4, closed: 1, handlerErrors: 1 })
  })
})
