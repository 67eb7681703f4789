import { setImmediate as nextTurn } from 'node:timers/promises'
import { createApi, type WebSocketConnection } from '@sluice/core'
import Fastify from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { virtualClock } from '../src/virtual-clock.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

describe('virtualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = virtualClock({ now: 10, wallTime: 1_000 })
    await nextTurn()
    expect([clock.now(), clock.wallTime()]).toEqual([10, 1_000])

    await clock.advance(2.5)

    expect([clock.now(), clock.wallTime()]).toEqual([12.5, 1_002.5])
  })

  it('begins at the real time of day', () => {
    const before = Date.now()
    const wallTime = virtualClock().wallTime()

    expect(wallTime).toBeGreaterThanOrEqual(before)
    expect(wallTime).toBeLessThanOrEqual(Date.now() + 1_000)
    expect(wallTime % 1_000).toBe(0)
  })

  it('calls timers when they are due, in order, at their time', async () => {
    const clock = virtualClock()
    const calls: string[] = []
    const note = (name: string) => () => calls.push(`${name} at ${clock.now()}`)
    clock.setTimeout(note('third'), 20)
    clock.setTimeout(note('first'), 10)
    clock.setTimeout(note('second'), 10)
    clock.setTimeout(note('never'), 15).cancel()
    clock.setTimeout(note('at once'), -5)
    clock.setTimeout(note('later'), 31)

    await clock.advance(30)

    expect(calls).toEqual(['at once at 0', 'first at 10', 'second at 10', 'third at 20'])
    expect(clock.timers).toBe(1)
    expect(clock.now()).toBe(30)
  })

  it('lets what a timer set in motion come to rest before the next', async () => {
    const clock = virtualClock()
    const calls: number[] = []
    const tick = async () => {
      await nextTurn()
      await nextTurn()
      calls.push(clock.now())
      clock.setTimeout(tick, 10)
    }
    clock.setTimeout(tick, 10)

    await clock.advance(35)

    expect(calls).toEqual([10, 20, 30])
  })

  it('makes calls wait for one another', async () => {
    const clock = virtualClock()
    const ends: number[] = []
    clock.setTimeout(() => ends.push(clock.now()), 5)
    await Promise.all([clock.advance(10), clock.advance(10)])

    expect(clock.now()).toBe(20)
    expect(ends).toEqual([5])
  })

  it('throws what a timer throws, and goes on from there', async () => {
    const clock = virtualClock()
    clock.setTimeout(() => {
      throw new TypeError('alarm')
    }, 10)

    await expect(clock.advance(20)).rejects.toThrow('alarm')
    expect(clock.now()).toBe(10)
    await clock.advance(5)
    expect(clock.now()).toBe(15)
  })

  it('refuses timers without end', async () => {
    const clock = virtualClock()
    const again = () => void clock.setTimeout(again, 0)
    again()

    await expect(clock.advance(1)).rejects.toMatchObject({ code: 'ERR_RUNAWAY_CLOCK' })
  })

  it.each([Number.NaN, -1, Infinity, '1' as never])('refuses to advance by %s', async (milliseconds) => {
    await expect(virtualClock().advance(milliseconds)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('refuses times that are none', () => {
    expect(() => virtualClock({ now: Number.NaN })).toThrow("option 'now' must be a number, got NaN")
    expect(() => virtualClock({ wallTime: '0' as never })).toThrow("option 'wallTime' must be a number, got 0")
  })
})

describe.each(['memory', 'socket'] as const)('an app on a virtual clock, over %s', (transport) => {
  it('does within one advance all that time brings about, answers of the client included', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock })
    const roundTrips: number[] = []
    const pingEach = async (ws: WebSocketConnection) => {
      roundTrips.push(await ws.ping())
      clock.setTimeout(() => void pingEach(ws).catch(() => {}), 10_000)
    }
    app.api.websocket('/ws', {
      onConnect: (ws) => void clock.setTimeout(() => void pingEach(ws), 10_000),
    })

    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    await clock.advance(60_000)

    expect(roundTrips).toEqual([0, 0, 0, 0, 0, 0])
    expect(ws.closed).toBe(false)
  })

  it('denies a handshake that takes too long', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock, handshakeTimeout: 10_000 })
    app.api.websocket('/slow', () => new Promise<void>((resolve) => void clock.setTimeout(resolve, 60_000)))

    const connecting = WebSocketTestClient.connect(app, '/slow', { transport })
    const denied = expect(connecting).rejects.toMatchObject({ status: 503, code: 'ERR_HANDSHAKE_DENIED' })
    await clock.advance(60_000)
    await denied
  })

  it('says that time stands still when a wait was in vain', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock })
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.receive({ timeout: 1_000 }).catch(() => {})
    })

    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    await expect(ws.receive({ timeout: 0 })).rejects.toThrow(
      "no message arrived on /ws within 0 ms; the app's clock is virtual, and stands at 0 ms with 2 timers: `advance` it",
    )
    await clock.advance(1_000)

    await expect(ws.receive()).rejects.toMatchObject({ code: 1000 })
  })
})

describe('the clock of a client', () => {
  it('is that on which an api runs', async () => {
    const clock = virtualClock()
    const api = createApi({ rateLimit: { rps: 1, burst: 1 } }).websocket('/ws', (ws) => ws.accept())
    const client = new WebSocketTestClient(api, '/ws', { clock })

    await (await client.connect()).close()
    await expect(client.connect()).rejects.toMatchObject({ status: 429 })
    await clock.advance(1_000)
    await (await client.connect()).close()
  })

  it('must be that of the app', async () => {
    const clock = virtualClock()
    const app = await createApp({ clock })
    app.api.websocket('/ws', (ws) => ws.accept())
    await using ws = await WebSocketTestClient.connect(app, '/ws', { clock })
    expect(ws.accepted).toBe(true)

    const mismatch = { code: 'ERR_CLOCK_MISMATCH' }
    await expect(WebSocketTestClient.connect(app, '/ws', { clock: virtualClock() })).rejects.toMatchObject(mismatch)
    await expect(WebSocketTestClient.connect(await createApp(), '/ws', { clock })).rejects.toMatchObject(mismatch)
    await expect(WebSocketTestClient.connect(Fastify(), '/ws', { clock })).rejects.toMatchObject(mismatch)
  })
})

it('is of no concern to the fake timers of a runner', async () => {
  vi.useFakeTimers()
  try {
    const clock = virtualClock()
    const app = await createApp({ clock })
    app.api.websocket('/ws', (ws) => ws.accept())
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await clock.advance(1_000)

    expect(ws.closed).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
