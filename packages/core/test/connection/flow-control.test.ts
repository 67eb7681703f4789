import { Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import type { WebSocketConnection } from '../../src/index.ts'
import { clientFrame } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'

const turn = () => new Promise(setImmediate)

/** What Node may hold of a stream that nobody reads, besides what has become a message. */
const ONE_READ = 65_536

describe.each(ENGINES)('a slow handler with the %s engine', (engine) => {
  /** Writes as much as the server takes, for as long as it takes any. */
  function flood(
    write: (bytes: Buffer) => boolean,
    frames: Iterator<Buffer>,
    onDrain: (resume: () => void) => void,
  ): Promise<void> {
    return new Promise((resolve) => {
      const pump = () => {
        for (let next = frames.next(); ; next = frames.next()) {
          if (next.done === true) return resolve()
          if (!write(next.value)) return onDrain(pump)
        }
      }
      pump()
    })
  }

  function* numbered(count: number): Generator<Buffer> {
    for (let start = 0; start < count; start += 500) {
      yield Buffer.concat(
        Array.from({ length: Math.min(500, count - start) }, (_, index) =>
          clientFrame(Opcode.TEXT, String(start + index)),
        ),
      )
    }
  }

  it.each([
    ['an iterator', 'iterator'],
    ['callbacks', 'callbacks'],
  ] as const)('MS-13 gets 100,000 messages by %s: each once, in order', async (_, style) => {
    const COUNT = 100_000
    let next = 0
    const done = Promise.withResolvers<void>()
    const take = async (text: string) => {
      if (Number(text) !== next) throw new Error(`expected ${next}, got ${text}`)
      next++
      if (next % 1_000 === 0) await turn()
      if (next === COUNT) done.resolve()
    }
    const site = await serve({ engine }, (app) => {
      if (style === 'callbacks') app.api.websocket('/ws', { onMessage: (_ws, { data }) => take(String(data)) })
      else {
        app.api.websocket('/ws', async (ws) => {
          await ws.accept()
          for await (const text of ws.iterText()) await take(text)
        })
      }
    })
    const client = await site.open('/ws')
    const { socket } = client.connection
    await flood(
      (bytes) => socket.write(bytes),
      numbered(COUNT),
      (resume) => socket.once('drain', resume),
    )
    await done.promise
    client.close()
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1000, reason: '' }])
    expect(next).toBe(COUNT)
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('MS-13 that stands still is sent no more than its inbox holds, and nothing is lost', async () => {
    const COUNT = 4_000
    const SIZE = 1_000
    const seen = Promise.withResolvers<WebSocketConnection>()
    const goOn = Promise.withResolvers<void>()
    const lengths: number[] = []
    const site = await serve({ engine, limits: { inbox: { messages: 50, bytes: 1_000_000 } } }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        seen.resolve(ws)
        await goOn.promise
        for await (const { data } of ws) lengths.push(data.length)
      }),
    )
    const client = await site.open('/ws')
    const ws = await seen.promise
    const { socket } = client.connection
    const frame = clientFrame(Opcode.BINARY, Buffer.alloc(SIZE))
    const sent = flood(
      (bytes) => socket.write(bytes),
      Array.from({ length: COUNT }, () => frame).values(),
      (resume) => socket.once('drain', resume),
    )
    const { socket: theirs } = ws.request.raw
    // Until the client can write no more, or the server has read it all.
    for (let still = 0, last = -1; still < 50; await turn()) {
      still = theirs.bytesRead === last ? still + 1 : 0
      last = theirs.bytesRead
    }
    expect(theirs.bytesRead).toBeLessThan(50 * frame.length + 3 * ONE_READ)
    goOn.resolve()
    await sent
    client.close()
    await client.toEnd()
    expect(lengths).toHaveLength(COUNT)
    expect(new Set(lengths)).toEqual(new Set([SIZE]))
  })

  it('MS-13 still answers pings while it is not paused, and its close while it is', async () => {
    const closing = Promise.withResolvers<void>()
    const site = await serve({ engine, limits: { inbox: { messages: 3 } } }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await closing.promise
      }),
    )
    const client = await site.open('/ws')
    client.sendText('1')
    client.sendFrame(Opcode.PING, 'p')
    expect(await client.next()).toEqual({ type: 'pong', data: 'p' })
    client.sendText('2')
    client.sendText('3')
    client.sendText('4')
    closing.resolve()
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('bounds the inbox by bytes too', async () => {
    const seen = Promise.withResolvers<WebSocketConnection>()
    const goOn = Promise.withResolvers<void>()
    let bytes = 0
    const site = await serve({ engine, limits: { inbox: { messages: 1_000_000, bytes: 100_000 } } }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        seen.resolve(ws)
        await goOn.promise
        for await (const { data } of ws) bytes += data.length
      }),
    )
    const client = await site.open('/ws')
    const ws = await seen.promise
    for (let count = 0; count < 100; count++) client.sendBytes(Buffer.alloc(30_000))
    for (let still = 0, last = -1; still < 50; await turn()) {
      still = ws.request.raw.socket.bytesRead === last ? still + 1 : 0
      last = ws.request.raw.socket.bytesRead
    }
    expect(ws.request.raw.socket.bytesRead).toBeLessThan(130_000 + 3 * ONE_READ)
    goOn.resolve()
    client.close()
    await client.toEnd()
    expect(bytes).toBe(3_000_000)
  })

  it('gives no message after the first that it was given while it closed', async () => {
    const seen: string[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        seen.push(await ws.receiveText())
        void ws.close(4000)
        seen.push(await ws.receiveText().catch(({ code }: { code: number }) => `closed ${code}`))
      }),
    )
    const client = await site.open('/ws')
    client.connection.write(Buffer.concat(['1', '2', '3'].map((text) => clientFrame(Opcode.TEXT, text))))
    await client.toEnd()
    expect(seen).toEqual(['1', 'closed 4000'])
  })
})
