import { isSendableCloseCode, Opcode } from '@sluice/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CloseEvent, type SluiceOptions, WebSocketClose, type WebSocketConnection } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import type { RawWebSocket } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const turn = () => new Promise(setImmediate)

describe.each(ENGINES)('closing with the %s engine', (engine) => {
  async function withHandler<T>(
    run: (ws: WebSocketConnection) => Promise<T>,
    { mute = false, ...options }: SluiceOptions & { mute?: boolean } = {},
  ): Promise<{ client: RawWebSocket; result: Promise<T>; site: AppSite }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    promise.catch(() => {})
    const site = await serve({ engine, ...options }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await run(ws).then(resolve, reject)
      }),
    )
    return { client: await site.open('/ws', { mute }), result: promise, site }
  }

  /** A frame with this close code, whether one may send it or not. */
  function closeFrame(code: number, reason: string | Uint8Array = ''): Buffer {
    const text = Buffer.from(reason as string)
    const payload = Buffer.alloc(2 + text.length)
    payload.writeUInt16BE(code)
    payload.set(text, 2)
    return payload
  }

  const SENDABLE = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]

  it('terminate ends sending at once', async () => {
    const { result } = await withHandler(async (ws) => {
      const received = ws.receive()
      ws.terminate()
      return [ws.state, ws.trySend('x'), await outcomeOf(() => ws.send('x')), await outcomeOf(() => received)]
    })
    const disconnect = 'WebSocketDisconnect 1006'
    expect(await result).toEqual(['closing', 'dropped', disconnect, disconnect])
  })

  it('PR-10 close refuses every code that may not be sent, and the connection stays open', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const wrong: number[] = []
      for (let code = 0; code <= 65_535; code++) {
        if (isSendableCloseCode(code)) continue
        if ((await outcomeOf(() => ws.close(code))) !== 'CloseCodeError ERR_INVALID_CLOSE_CODE') wrong.push(code)
      }
      for (const junk of [1000.5, Number.NaN, Number.POSITIVE_INFINITY, -1000, '1000', null, {}, 2 ** 32 + 1000]) {
        expect(await outcomeOf(() => ws.close(junk as never))).toBe('CloseCodeError ERR_INVALID_CLOSE_CODE')
      }
      await expect(ws.close(1006)).rejects.toBeInstanceOf(RangeError)
      expect(ws.state).toBe('open')
      await ws.sendText('still open')
      return wrong
    })
    expect(await client.nextText()).toBe('still open')
    expect(await result).toEqual([])
  })

  it.each(SENDABLE)('PR-10 close sends %s, and the peer hears it', async (code) => {
    const { client, result } = await withHandler(async (ws) => {
      await ws.close(code, 'why')
      return ws.closed
    })
    expect(await client.toEnd()).toEqual([{ type: 'close', code, reason: 'why' }])
    expect(await result).toEqual({ code, reason: '', wasClean: true, initiator: 'server' })
  })

  it('PR-10 a thrown close with a code that may not be sent becomes 1011, in any state', async () => {
    const codes = [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535, Number.NaN]
    for (const code of codes) {
      const { client, site } = await withHandler(async () => {})
      await client.toEnd()
      const thrower = await serve({ engine }, (app) =>
        app.api.websocket('/ws', async (ws) => {
          await ws.accept()
          throw new WebSocketClose(code, 'secret')
        }),
      )
      expect(await (await thrower.open('/ws')).toEnd()).toEqual([
        { type: 'close', code: 1011, reason: 'Internal error' },
      ])
      expect(await thrower.logged('WebSocket handler failed')).toHaveLength(1)
      await site.settled()
    }
  })

  it('PR-11 cuts a reason to 123 bytes at a code point, and removes line breaks', async () => {
    const reasons = [
      ['x'.repeat(123), 'x'.repeat(123)],
      ['x'.repeat(130), 'x'.repeat(123)],
      ['é'.repeat(65), 'é'.repeat(61)],
      ['€'.repeat(42), '€'.repeat(41)],
      [`x${'😀'.repeat(31)}`, `x${'😀'.repeat(30)}`],
      ['a\r\nb\nc', 'abc'],
    ] as const
    for (const [given, sent] of reasons) {
      const { client, result } = await withHandler(async (ws) => {
        await ws.close(4000, given)
        return outcomeOf(() => ws.receive().catch((error: { reason: string }) => error.reason))
      })
      expect(await client.nextClose()).toEqual({ code: 4000, reason: sent })
      expect(await result).toBe(sent)
    }
  })

  it('PR-11 sends valid UTF-8 whatever the reason', async () => {
    const { client, result } = await withHandler(async (ws) => {
      await ws.close(4000, `${'x'.repeat(121)}\ud83d\ude00`)
      return ws.state
    })
    expect(await client.nextClose()).toEqual({ code: 4000, reason: 'x'.repeat(121) })
    expect(await result).toBe('closing')
  })

  it.each([5, 5n, null, {}, new Float32Array(2), Symbol('s')])('PR-11 refuses %s for a reason', async (reason) => {
    const { client, result } = await withHandler(async (ws) => {
      const outcome = await outcomeOf(() => ws.close(4000, reason as never))
      await ws.sendText('still open')
      return outcome
    })
    expect(await client.nextText()).toBe('still open')
    expect(await result).toMatch(/^(SluiceError|TypeError) /)
  })

  it('PR-12 echoes every code that a peer may send, and tells the app code and reason', async () => {
    const ends: CloseEvent[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', { onDisconnect: (_, event) => void ends.push(event) }),
    )
    for (const code of SENDABLE) {
      const client = await site.open('/ws', { mute: true })
      client.sendFrame(Opcode.CLOSE, closeFrame(code, 'bye é'))
      expect(await client.toEnd()).toMatchObject([{ type: 'close', code }])
      await site.settled()
    }
    expect(ends).toEqual(
      SENDABLE.map((code) => ({ code, reason: 'bye é', wasClean: true, initiator: 'client' }) as const),
    )
  })

  it('PR-12 answers an empty close frame with an empty one, and tells the app 1005', async () => {
    const { client, result } = await withHandler((ws) => ws.closed, { mute: true })
    client.sendFrame(Opcode.CLOSE)
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1005, reason: '' }])
    expect(await result).toEqual({ code: 1005, reason: '', wasClean: true, initiator: 'client' })
  })

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    'PR-12 answers the invalid code %s with 1002',
    async (code) => {
      const { client, result } = await withHandler((ws) => ws.closed)
      client.sendFrame(Opcode.CLOSE, closeFrame(code))
      expect(await client.toEnd()).toEqual([expect.objectContaining({ type: 'close', code: 1002 })])
      expect(await result).toMatchObject({ code: 1002, wasClean: false, initiator: 'protocol' })
    },
  )

  it('PR-12 answers a payload of one byte with 1002, and a reason that is not UTF-8 with 1007', async () => {
    for (const [payload, code] of [
      [Buffer.from([3]), 1002],
      [closeFrame(1000, Buffer.from([0xff])), 1007],
      [closeFrame(1000, Buffer.from([0xed, 0xa0, 0x80])), 1007],
    ] as const) {
      const { client, result } = await withHandler((ws) => ws.closed)
      client.sendFrame(Opcode.CLOSE, payload)
      expect(await client.nextClose()).toMatchObject({ code })
      expect(await result).toMatchObject({ code, initiator: 'protocol' })
    }
  })

  it('PR-13 ends the stream first, after both close frames', async () => {
    const { client } = await withHandler((ws) => ws.receive())
    client.connection.socket.allowHalfOpen = true
    client.close(1000)
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
    expect(await client.next()).toEqual({ type: 'end' })
    expect(client.connection.socket.writable).toBe(true)
    client.connection.socket.end()
    await client.connection.closed
  })

  it('PR-13 waits closeTimeout for the answer, then cuts', async () => {
    const clock = new VirtualClock()
    const { client, result } = await withHandler(
      async (ws) => {
        await ws.close(4000)
        return ws.closed
      },
      { clock, mute: true, limits: { closeTimeout: 1_234 } },
    )
    expect(await client.nextClose()).toMatchObject({ code: 4000 })
    expect(clock.delays).toEqual([1_234])
    clock.advance(1_234)
    await client.connection.closed
    expect(await result).toEqual({ code: 1006, reason: '', wasClean: false, initiator: 'server' })
  })

  it('PR-13 takes a late answer', async () => {
    const clock = new VirtualClock()
    const { client, result } = await withHandler(
      async (ws) => {
        await ws.close(4000)
        return ws.closed
      },
      { clock, mute: true },
    )
    await client.nextClose()
    clock.advance(4_999)
    client.close(4000, 'late')
    expect(await result).toEqual({ code: 4000, reason: 'late', wasClean: true, initiator: 'server' })
    expect(clock.delays).toEqual([])
  })

  it('PR-13 cuts a peer that answers and never ends its half of the stream', async () => {
    // In real time: ws takes no clock.
    const site = await serve({ engine, limits: { closeTimeout: 50 } }, (app) =>
      app.api.websocket('/ws', { onMessage() {} }),
    )
    const client = await site.open('/ws')
    client.connection.socket.allowHalfOpen = true
    client.close(1000)
    await client.toEnd()
    await site.settled()
    expect(client.connection.socket.writable).toBe(true)
  })

  it('PR-13 ignores what comes after a close frame, of either side', async () => {
    const seen: string[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        onMessage(ws, { data }) {
          seen.push(String(data).slice(0, 10))
          if (data === 'close') void ws.close(4000)
        },
      }),
    )
    const ours = await site.open('/ws', { mute: true })
    ours.sendText('close')
    await ours.nextClose()
    for (let count = 0; count < 64; count++) ours.sendText('x'.repeat(16_384))
    ours.close(4000)
    await ours.toEnd()

    const theirs = await site.open('/ws', { mute: true })
    theirs.close(1000)
    for (let count = 0; count < 64; count++) theirs.sendText('y'.repeat(16_384))
    expect(await theirs.toEnd()).toEqual([{ type: 'close', code: 1000, reason: '' }])
    await site.settled()
    expect(seen).toEqual(['close'])
  })

  it('sends what was queued before the close', async () => {
    const { client } = await withHandler(async (ws) => {
      void ws.sendText('a')
      void ws.sendBytes(Buffer.alloc(100_000))
      await ws.close(4000)
    })
    expect((await client.toEnd()).map(({ type }) => type)).toEqual(['text', 'binary', 'close'])
  })

  it('closes a connection whose reading is paused', async () => {
    const { client, result } = await withHandler(
      async (ws) => {
        while (ws.request.raw.socket.bytesRead < 60_000) await turn()
        await ws.close(4000)
        return ws.closed
      },
      { limits: { inbox: { messages: 2 } } },
    )
    for (let count = 0; count < 100; count++) client.sendText('x'.repeat(1_000))
    expect(await client.nextClose()).toEqual({ code: 4000, reason: '' })
    expect(await result).toEqual({ code: 4000, reason: '', wasClean: true, initiator: 'server' })
  })

  it('PR-18 survives random bytes after the 101', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        onMessage: (ws, { data }) => ws.send(data),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const client = await site.open('/ws')
        client.connection.write(bytes)
        client.connection.socket.end()
        const told = await client.toEnd()
        for (const each of told) {
          if (each.type === 'close') expect([1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009]).toContain(each.code)
          expect(each.type).not.toBe('failure')
        }
      }),
      { numRuns: 100 },
    )
    await site.settled()
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })
})
