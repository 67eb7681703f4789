import { Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { broadcast, type RouteOptions, type SluiceOptions, type WebSocketConnection } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import type { RawWebSocket, RawWebSocketOptions } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const turn = () => new Promise(setImmediate)

describe.each(ENGINES)('sending with the %s engine', (engine) => {
  /** Opens one connection, whose handler accepts and then does this. */
  async function withHandler<T>(
    run: (ws: WebSocketConnection) => Promise<T>,
    { limits = {}, ...options }: SluiceOptions & RawWebSocketOptions = {},
  ): Promise<{ client: RawWebSocket; result: Promise<T>; site: AppSite }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    promise.catch(() => {})
    const { mute = false, ...server } = options
    const site = await serve({ engine, ...server }, (app) =>
      app.api.websocket('/ws', { limits } satisfies RouteOptions, async (ws) => {
        await ws.accept()
        await run(ws).then(resolve, reject)
      }),
    )
    return { client: await site.open('/ws', { mute }), result: promise, site }
  }

  it('sends text and bytes of every size', async () => {
    const sizes = [0, 1, 125, 126, 127, 16_383, 16_384, 16_385, 65_535, 65_536, 70_000, 1_000_000]
    const { client } = await withHandler(async (ws) => {
      for (const size of sizes) {
        await ws.sendText('é'.repeat(size))
        await ws.sendBytes(Buffer.alloc(size, size))
      }
    })
    for (const size of sizes) {
      expect(await client.next()).toEqual({ type: 'text', data: 'é'.repeat(size) })
      expect(await client.next()).toEqual({ type: 'binary', data: Buffer.alloc(size, size) })
    }
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('sends a string as text, bytes as binary, JSON as either', async () => {
    const view = new Uint8Array([1, 2, 3, 4])
    const { client } = await withHandler(async (ws) => {
      await ws.send('text')
      await ws.send(view.buffer)
      await ws.send(new Uint16Array(view.buffer, 2, 1))
      await ws.sendBytes(new DataView(view.buffer, 1, 2))
      await ws.sendJson({ a: 'é' })
      await ws.sendJson({ a: 'é' }, { mode: 'binary' })
      await ws.sendJson(null)
    })
    const told = await client.toEnd()
    expect(told.map((each) => ('data' in each ? [each.type, String(each.data)] : each.type))).toEqual([
      ['text', 'text'],
      ['binary', '\x01\x02\x03\x04'],
      ['binary', '\x03\x04'],
      ['binary', '\x02\x03'],
      ['text', '{"a":"é"}'],
      ['binary', '{"a":"é"}'],
      ['text', 'null'],
      'close',
    ])
  })

  it('MS-17 keeps the order of the calls, awaited or not, of any size and kind', async () => {
    const expected: string[] = []
    const { client } = await withHandler(
      async (ws) => {
        for (let count = 0; count < 2_000; count++) {
          const text = `${count} ${'x'.repeat(count % 97 === 0 ? 20_000 : count % 7)}`
          expected.push(text)
          if (count % 3 === 0) await ws.sendText(text)
          else if (count % 3 === 1) void ws.send(Buffer.from(text))
          else if (ws.trySend(text) === 'dropped') throw new Error('dropped')
        }
      },
      { limits: { backpressure: { highWaterMark: 100_000_000 } } },
    )
    for (const text of expected) {
      const told = await client.next()
      expect('data' in told && String(told.data) === text, text.slice(0, 20)).toBe(true)
    }
  })

  it('MS-17 answers in the order in which messages came, whatever each takes', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onMessage(ws, { data }) {
          for (let turns = Number(data) % 3; turns > 0; turns--) await turn()
          await ws.send(data)
        },
      }),
    )
    const client = await site.open('/ws')
    for (let count = 0; count < 10_000; count++) client.sendText(String(count))
    for (let count = 0; count < 10_000; count++) expect(await client.nextText()).toBe(String(count))
  })

  it('MS-21 refuses junk, and the connection lives', async () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const { client, result } = await withHandler(async (ws) => {
      const outcomes: unknown[] = []
      for (const junk of [undefined, null, 5, 5n, true, {}, [], () => {}, Symbol('s'), new Date()]) {
        outcomes.push(await outcomeOf(() => ws.send(junk as never)))
        outcomes.push(await outcomeOf(() => ws.sendText(junk as never)))
        outcomes.push(await outcomeOf(() => ws.sendBytes(junk as never)))
        outcomes.push(await outcomeOf(() => ws.trySend(junk as never)))
      }
      outcomes.push(await outcomeOf(() => ws.sendText(Buffer.from('bytes') as never)))
      outcomes.push(await outcomeOf(() => ws.sendBytes('text' as never)))
      for (const junk of [undefined, 5n, cycle, () => {}, Symbol('s')]) {
        outcomes.push(await outcomeOf(() => ws.sendJson(junk)))
      }
      outcomes.push(await outcomeOf(() => ws.ping('x'.repeat(126))))
      outcomes.push(await outcomeOf(() => ws.ping(5 as never)))
      await ws.sendText('alive')
      return new Set(outcomes)
    })
    expect(await client.nextText()).toBe('alive')
    expect(await result).toEqual(new Set(['SluiceError ERR_INVALID_PAYLOAD']))
  })

  it('MS-15 a send after the end is a quiet rejection when nobody awaits it', async () => {
    const { client, result, site } = await withHandler(async (ws) => {
      const aborted = new Promise((resolve) => ws.signal.addEventListener('abort', resolve, { once: true }))
      await aborted
      void ws.sendText('late')
      void ws.sendJson({})
      void ws.sendJson(1n)
      void ws.ping()
      void ws.receive()
      void ws.receiveJson()
      void ws.receiveJson({ mode: 'none' as never })
      void ws.accept()
      void ws.deny()
      void ws.close(1006)
      return [ws.trySend('late'), await outcomeOf(() => ws.sendText('late')), ws.bufferedAmount]
    })
    client.close(4000)
    expect(await result).toEqual(['dropped', 'WebSocketDisconnect 4000', 0])
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 4000, reason: '' }])
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('signal aborts once, with the disconnect, however late it is asked for', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const early = ws.signal
      expect(ws.signal).toBe(early)
      expect(early.aborted).toBe(false)
      await ws.receive().catch(() => {})
      return [early.aborted, early.reason, ws.signal === early]
    })
    client.close(4001, 'done')
    expect(await result).toEqual([
      true,
      expect.objectContaining({ name: 'WebSocketDisconnect', code: 4001, reason: 'done' }),
      true,
    ])

    const late = await withHandler(async (ws) => {
      await ws.closed
      return [ws.signal.aborted, ws.signal.reason.code]
    })
    late.client.close(4002)
    expect(await late.result).toEqual([true, 4002])
  })

  it('closed resolves for everyone who asks, before the end and after', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const before = ws.closed
      await before
      return Promise.all([before, ws.closed])
    })
    client.close(4003, 'reason')
    const event = { code: 4003, reason: 'reason', wasClean: true, initiator: 'client' }
    expect(await result).toEqual([event, event])
  })

  describe('ping', () => {
    it('resolves with the round-trip time', async () => {
      const clock = new VirtualClock()
      const { client, result } = await withHandler((ws) => ws.ping('are you there?'), { clock, mute: true })
      expect(await client.next()).toEqual({ type: 'ping', data: 'are you there?' })
      clock.advance(42)
      client.sendFrame(Opcode.PONG, 'are you there?')
      expect(await result).toBe(42)
    })

    it('resolves several in one go, and takes no other pong', async () => {
      const { client, result } = await withHandler(
        (ws) => Promise.all([ws.ping('a'), ws.ping(), ws.ping(new Uint8Array([1]))]),
        {
          mute: true,
          clock: new VirtualClock(),
        },
      )
      const pings = [await client.next(), await client.next(), await client.next()]
      expect(pings.map(({ type }) => type)).toEqual(['ping', 'ping', 'ping'])
      client.sendFrame(Opcode.PONG, 'unsolicited')
      client.sendFrame(Opcode.PONG, '')
      client.sendFrame(Opcode.PONG, '\x01')
      expect(await result).toEqual([0, 0, 0])
    })

    it('rejects when the connection ends first', async () => {
      const { client, result } = await withHandler((ws) => outcomeOf(() => ws.ping()), { mute: true })
      await client.next()
      client.connection.reset()
      expect(await result).toBe('WebSocketDisconnect 1006')
    })

    it('answers the pings of the peer, before and after its own messages', async () => {
      const { client } = await withHandler((ws) => ws.receive())
      for (const data of ['', 'x'.repeat(125)]) {
        client.sendFrame(Opcode.PING, data)
        expect(await client.next()).toEqual({ type: 'pong', data })
      }
    })
  })

  describe('broadcast', () => {
    it('reaches every open connection but one, and no other', async () => {
      const site = await serve({ engine }, (app) =>
        app.api.websocket('/ws', {
          onMessage: (ws, { data }) => void broadcast(app.api.connections, data, { except: ws }),
        }),
      )
      const clients = await Promise.all(Array.from({ length: 10 }, () => site.open('/ws')))
      const [sender, ...others] = clients as [RawWebSocket, ...RawWebSocket[]]
      sender.sendText('to all')
      sender.sendBytes(Buffer.alloc(70_000, 1))
      for (const other of others) {
        expect(await other.nextText()).toBe('to all')
        expect(await other.next()).toEqual({ type: 'binary', data: Buffer.alloc(70_000, 1) })
      }
      expect(broadcast(site.app.api.connections, 'by the server')).toEqual({ sent: 10, dropped: 0 })
      for (const client of clients) expect(await client.nextText()).toBe('by the server')
    })

    it('MS-20 goes on when a connection closes in the middle of it', async () => {
      const site = await serve({ engine }, (app) => app.api.websocket('/ws', { onMessage() {} }))
      const clients = await Promise.all(Array.from({ length: 4 }, () => site.open('/ws')))
      let count = 0
      const closing = function* () {
        for (const connection of site.app.api.connections) {
          if (count++ === 1) {
            for (const other of site.app.api.connections) void other.close(4000)
          }
          yield connection
        }
      }
      expect(broadcast(closing(), 'x')).toEqual({ sent: 1, dropped: 3 })
      expect(await (clients[0] as RawWebSocket).nextText()).toBe('x')
      for (const client of clients) expect(await client.nextClose()).toEqual({ code: 4000, reason: '' })
    })
  })

  it('MS-20 can send and close in every callback', async () => {
    const site = await serve({ engine }, (app) => {
      app.api.websocket('/connect', {
        onConnect(ws) {
          void ws.sendText('in onConnect')
          void ws.close(4000)
          void ws.close(4001)
        },
        async onDisconnect(ws) {
          expect(ws.trySend('x')).toBe('dropped')
          await ws.close()
          ws.terminate()
        },
      })
      app.api.websocket('/message', {
        onMessage(ws) {
          void ws.sendText('in onMessage')
          void ws.close(4002)
          ws.terminate()
        },
      })
    })
    const first = await site.open('/connect')
    expect(await first.toEnd()).toEqual([
      { type: 'text', data: 'in onConnect' },
      { type: 'close', code: 4000, reason: '' },
    ])
    const second = await site.open('/message')
    second.sendText('x')
    second.sendText('y')
    await second.toEnd()
    await site.settled()
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })
})

describe.each(ENGINES)('backpressure with the %s engine', (engine) => {
  const CHUNK = Buffer.alloc(16_384, 'x')

  /** A connection whose client has stopped reading, filled until `trySend` tells of it. */
  async function congested<T>(
    run: (ws: WebSocketConnection) => Promise<T>,
    options: SluiceOptions = {},
  ): Promise<{ client: RawWebSocket; result: Promise<T>; site: AppSite; sent: () => number }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    promise.catch(() => {})
    const paused = Promise.withResolvers<void>()
    let sent = 1
    const site = await serve({ engine, ...options }, (app) =>
      app.api.websocket('/quick', { onMessage() {} }).websocket('/ws', async (ws) => {
        await ws.accept()
        await paused.promise
        for (; ws.trySend(CHUNK) !== 'backpressure'; sent++) await turn()
        await run(ws).then(resolve, reject)
      }),
    )
    const client = await site.open('/ws')
    client.connection.socket.pause()
    paused.resolve()
    return { client, result: promise, site, sent: () => sent }
  }

  const MARK = { limits: { backpressure: { highWaterMark: 300_000 } } }

  it.each([100, 20_000, 300_000, 3_000_000])(
    'BP-03 a send of more than the mark resolves when a peer that reads has taken it: %s bytes',
    async (size) => {
      const site = await serve({ engine, limits: { backpressure: { highWaterMark: 50 } } }, (app) =>
        app.api.websocket('/ws', async (ws) => {
          await ws.accept()
          for (let count = 0; count < 5; count++) await ws.sendBytes(Buffer.alloc(size))
          await ws.sendText('small')
        }),
      )
      const client = await site.open('/ws')
      for (let count = 0; count < 5; count++) expect(await client.next()).toMatchObject({ type: 'binary' })
      expect(await client.nextText()).toBe('small')
      expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
    },
  )

  it('BP-01 closes a slow consumer with 1013 by default', async () => {
    const clock = new VirtualClock()
    const { client, result } = await congested(
      async (ws) => {
        const outcome = await outcomeOf(() => ws.sendBytes(CHUNK))
        return [outcome, ws.state]
      },
      { ...MARK, clock },
    )
    expect(await result).toEqual(['WebSocketDisconnect 1013', 'closing'])
    client.connection.socket.resume()
    const told = await client.toEnd()
    expect(told.at(-1)).toEqual({ type: 'close', code: 1013, reason: 'Slow consumer' })
  })

  it('BP-01 cuts a slow consumer that never reads again after closeTimeout', async () => {
    const clock = new VirtualClock()
    const { result, site } = await congested(
      async (ws) => {
        void ws.sendBytes(CHUNK)
        void ws.closed.then(({ code, initiator }) => ends.push([code, initiator]))
      },
      { ...MARK, clock },
    )
    const ends: unknown[] = []
    await result
    await clock.timer(5_000)
    clock.advance(5_000)
    await site.settled()
    expect(ends).toEqual([[1006, 'server']])
  })

  it('BP-01 drops the newest message with that policy, and loses no other', async () => {
    const { client, result, sent } = await congested(
      async (ws) => {
        await ws.sendText('dropped')
        return [ws.trySend('dropped'), ws.state]
      },
      { limits: { backpressure: { highWaterMark: 300_000, policy: 'dropNewest' } } },
    )
    expect(await result).toEqual(['dropped', 'open'])
    client.connection.socket.resume()
    const told = await client.toEnd()
    expect(told).toHaveLength(sent() + 1)
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['binary', 'close']))
  })

  it('BP-03 a send that crosses the mark waits until the peer has read, and bufferedAmount is back at zero', async () => {
    const paused = Promise.withResolvers<void>()
    const waiting = Promise.withResolvers<number>()
    const amounts: number[] = []
    const site = await serve({ engine, ...MARK }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await paused.promise
        let sending: Promise<void>
        do sending = ws.sendBytes(CHUNK)
        while ((await Promise.race([sending.then(() => 'sent'), turn()])) === 'sent')
        waiting.resolve(ws.bufferedAmount)
        await sending
        amounts.push(ws.bufferedAmount)
        await ws.sendText('last')
      }),
    )
    const client = await site.open('/ws')
    client.connection.socket.pause()
    paused.resolve()
    expect(await waiting.promise).toBeGreaterThan(300_000)
    expect(amounts).toEqual([])
    client.connection.socket.resume()
    const told = await client.toEnd()
    expect(told.at(-2)).toEqual({ type: 'text', data: 'last' })
    expect(amounts).toEqual([0])
  })

  it('BP-03 a send that waits rejects when the peer resets', async () => {
    const site = await serve({ engine, limits: { backpressure: { highWaterMark: 1_000 } } }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        const outcome = outcomeOf(() => ws.sendBytes(Buffer.alloc(50_000_000)))
        void ws.sendText('closes')
        ends.push(await outcome)
      }),
    )
    const ends: unknown[] = []
    const client = await site.open('/ws')
    client.connection.socket.pause()
    client.connection.reset()
    await site.settled()
    await turn()
    expect(ends).toHaveLength(1)
    expect(String(ends[0])).toMatch(/^WebSocketDisconnect 10(06|13)$/)
  })

  it('BP-01 trySend says what happened', async () => {
    const { client, result } = await congested(async (ws) => [ws.trySend(CHUNK), ws.state, ws.trySend('')], MARK)
    expect(await result).toEqual(['dropped', 'open', 'dropped'])
    client.connection.socket.resume()
    await client.toEnd()
  })

  it('BP-02 a broadcast waits for nobody', async () => {
    const { result, site } = await congested(async (ws) => {
      const quick = await site.open('/quick')
      const before = ws.bufferedAmount
      for (let count = 0; count < 100; count++) {
        expect(broadcast(site.app.api.connections, `tick ${count}`)).toEqual({ sent: 1, dropped: 1 })
      }
      for (let count = 0; count < 100; count++) expect(await quick.nextText()).toBe(`tick ${count}`)
      return ws.bufferedAmount - before
    }, MARK)
    expect(await result).toBe(0)
  })

  it('BP-06 a ping reaches a peer behind a full queue as soon as it reads', async () => {
    const { client, result } = await congested(async (ws) => {
      const pong = ws.ping('first')
      client.connection.socket.resume()
      await pong
      return 'answered'
    }, MARK)
    expect(await result).toBe('answered')
  })
})
