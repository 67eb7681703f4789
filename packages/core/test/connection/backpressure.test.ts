import { describe, expect, it } from 'vitest'
import type {
  BackpressurePolicy,
  DrainEvent,
  RouteOptions,
  SluiceOptions,
  WebSocketConnection,
} from '../../src/index.ts'
import type { RawWebSocket } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const turn = () => new Promise(setImmediate)
const SIZE = 16_384
const MARK = 300_000

/** Text that begins with a number and fills a message. */
const numbered = (number: number) => `${number} `.padEnd(SIZE, '.')
const numbersOf = (told: readonly { type: string; data?: unknown }[]) =>
  told.filter(({ type }) => type === 'text').map(({ data }) => Number.parseInt(data as string, 10))

describe.each(ENGINES)('a peer that does not read, with the %s engine', (engine) => {
  interface Stalled {
    readonly site: AppSite
    readonly client: RawWebSocket
    readonly ws: WebSocketConnection
    /** The number of the next message. */
    readonly next: number
  }

  const routeOf = (policy: BackpressurePolicy, more: RouteOptions = {}): RouteOptions => ({
    ...more,
    limits: { backpressure: { highWaterMark: MARK, policy } },
  })

  async function open(
    site: AppSite,
    opened: WebSocketConnection[],
  ): Promise<{ client: RawWebSocket; ws: WebSocketConnection }> {
    const client = await site.open('/ws')
    return { client, ws: opened.at(-1) as WebSocketConnection }
  }

  async function serveRoute(route: RouteOptions, options: SluiceOptions = {}) {
    const opened: WebSocketConnection[] = []
    const site = await serve({ engine, ...options }, (app) =>
      app.api.websocket('/ws', { ...route, onConnect: (ws) => void opened.push(ws) }),
    )
    return { site, opened }
  }

  /** Sends numbered messages to a client that has stopped reading until the mark is passed. */
  async function stall(client: RawWebSocket, ws: WebSocketConnection): Promise<number> {
    client.connection.socket.pause()
    let next = 0
    for (; ws.trySend(numbered(next)) !== 'backpressure'; next++) await turn()
    return next + 1
  }

  async function stalled(route: RouteOptions, options?: SluiceOptions): Promise<Stalled> {
    const { site, opened } = await serveRoute(route, options)
    const { client, ws } = await open(site, opened)
    return { site, client, ws, next: await stall(client, ws) }
  }

  it('BP-01 dropOldest drops what has not begun to leave, oldest first, and counts it', async () => {
    const { site, client, ws, next } = await stalled(routeOf('dropOldest'))
    for (let number = next; number < next + 100; number++) {
      expect(ws.trySend(numbered(number))).toBe('backpressure')
      expect(ws.bufferedAmount).toBeLessThanOrEqual(MARK + SIZE + 4)
    }
    client.connection.socket.resume()
    void ws.close()
    const numbers = numbersOf(await client.toEnd())
    const gap = numbers.findIndex((number, index) => number !== index)
    // The messages before the gap had left, those behind it are the newest.
    expect(numbers.slice(gap)).toEqual(
      Array.from({ length: numbers.length - gap }, (_, index) => next + 100 - numbers.length + gap + index),
    )
    const missing = next + 100 - numbers.length
    expect(missing).toBeGreaterThan(80)
    expect(site.app.api.stats()).toMatchObject({
      dropped: { messages: missing, bytes: missing * SIZE },
      sent: { text: { messages: numbers.length, bytes: numbers.length * SIZE } },
      slowConsumers: 0,
    })
  })

  it('BP-01 conflate keeps the latest of each key, and counts the others', async () => {
    const { site, opened } = await serveRoute(routeOf('conflate'))
    const { client, ws } = await open(site, opened)
    client.connection.socket.pause()
    const latest = new Map<string, number>()
    let sent = 0
    for (; site.app.api.stats().conflated.messages < 200; sent++) {
      const key = ['EUR', 'GBP', 'JPY'][sent % 3] as string
      expect(ws.trySend(numbered(sent), { key })).toBe('ok')
      latest.set(key, sent)
      await turn()
    }
    client.connection.socket.resume()
    void ws.close()
    const numbers = numbersOf(await client.toEnd())
    for (const number of latest.values()) expect(numbers).toContain(number)
    expect(site.app.api.stats()).toMatchObject({
      conflated: { messages: 200, bytes: 200 * SIZE },
      dropped: { messages: 0 },
    })
    expect(numbers).toHaveLength(sent - 200)
  })

  it('BP-01 dropNewest counts what it drops', async () => {
    const { site, ws, next } = await stalled(routeOf('dropNewest'))
    for (let count = 0; count < 10; count++) await ws.sendText('newest')
    expect(ws.trySend(Buffer.alloc(5))).toBe('dropped')
    expect(site.app.api.stats()).toMatchObject({
      dropped: { messages: 11, bytes: 65 },
      sent: { text: { messages: next }, binary: { messages: 0 } },
    })
  })

  it('BP-01 close counts a slow consumer, and no message as dropped', async () => {
    const { site, ws } = await stalled(routeOf('close'))
    await expect(ws.send('one more')).rejects.toMatchObject({ code: 1013, reason: 'Slow consumer' })
    await expect(ws.send('too late')).rejects.toMatchObject({ code: 1013 })
    expect(site.app.api.stats()).toMatchObject({ slowConsumers: 1, dropped: { messages: 0 } })
  })

  it('BP-05 tells the hooks of the plugin and of the route, once, and how much the peer has missed', async () => {
    const told: unknown[] = []
    const drained = Promise.withResolvers<DrainEvent>()
    const { client, ws } = await stalled(
      routeOf('dropNewest', {
        onBackpressure: (on, { bufferedAmount }) => told.push(['route', on.id, bufferedAmount > MARK]),
        onDrain: (_, event) => drained.resolve(event),
      }),
      {
        onBackpressure: (on) => told.push(['plugin', on.id]),
        onDrain: async () => Promise.reject(new Error('is logged')),
      },
    )
    for (let count = 0; count < 7; count++) expect(ws.trySend('x')).toBe('dropped')
    expect(told).toEqual([
      ['plugin', ws.id],
      ['route', ws.id, true],
    ])
    client.connection.socket.resume()
    expect(await drained.promise).toEqual({ dropped: 7, conflated: 0 })
    expect(ws.trySend('again')).toBe('ok')
    expect(ws.state).toBe('open')
  })

  it('BP-08 is closed when all connections hold too much together and it holds most', async () => {
    const { site, opened } = await serveRoute(routeOf('dropNewest'), { maxBufferedBytes: 2 * MARK })
    const first = await open(site, opened)
    await stall(first.client, first.ws)
    const second = await open(site, opened)
    second.client.connection.socket.pause()
    while (first.ws.state === 'open' && second.ws.state === 'open') {
      second.ws.trySend(numbered(0))
      await turn()
    }
    expect([first.ws.state, second.ws.state].toSorted()).toEqual(['closing', 'open'])
    expect(site.app.api.stats()).toMatchObject({ slowConsumers: 1 })
    expect(site.app.api.stats().bufferedAmount).toBeLessThanOrEqual(2 * MARK)
  })

  it('BP-08 is closed once for one message that is too much for all', async () => {
    const { site, opened } = await serveRoute(routeOf('dropNewest'), { maxBufferedBytes: MARK })
    const { client, ws } = await open(site, opened)
    client.connection.socket.pause()
    for (; ws.state === 'open'; await turn()) ws.trySend('x'.repeat(100 * MARK))
    expect(site.app.api.stats()).toMatchObject({ slowConsumers: 1, bufferedAmount: 0 })
  })

  it('BP-09 is closed when it has taken nothing for a while, with little queued', async () => {
    const clock = new VirtualClock()
    const { site, opened } = await serveRoute({ limits: { backpressure: { timeout: 7_000 } } }, { clock })
    const { client, ws } = await open(site, opened)
    client.connection.socket.pause()
    while (ws.bufferedAmount === 0) {
      ws.trySend(numbered(0))
      await turn()
    }
    await clock.timer(7_000)
    clock.advance(7_000)
    while (ws.state === 'open') await turn()
    expect(site.app.api.stats().slowConsumers).toBe(1)
    clock.advance(5_000)
    expect(await ws.closed).toMatchObject({ code: 1006, initiator: 'server' })
  })

  it('BP-09 stays when it goes on reading, or when there is no such limit', async () => {
    const clock = new VirtualClock()
    const route = { limits: { backpressure: { timeout: false, highWaterMark: MARK } } } as const
    const { client, ws } = await stalled(route, { clock })
    clock.advance(1_000_000)
    await turn()
    expect(ws.state).toBe('open')
    client.connection.socket.resume()
    while (ws.bufferedAmount > 0) await turn()
    expect(clock.delays).toEqual([])
  })
})
