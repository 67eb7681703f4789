import { constants, deflateRawSync } from 'node:zlib'
import { encodeClosePayload, type FrameOptions, Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { broadcast, prepareMessage, type WebSocketConnection } from '../../src/index.ts'
import { clientFrame } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { deflate, inflate, varied } from './support/compressible.ts'
import { DeflateClient } from './support/deflate-client.ts'

const OFFER = 'permessage-deflate; client_max_window_bits'
const compressed = { rsv1: true }
const more = { fin: false }
const frame = (opcode: Opcode, payload: string | Uint8Array, options?: FrameOptions) =>
  clientFrame(opcode, payload, options)
const text = 'a line that comes again and again; '.repeat(100)

/** A whole number of megabytes of zeros, compressed to about a thousandth. */
function zeros(megabytes: number): Buffer {
  const one = deflateRawSync(Buffer.alloc(1_048_576), { finishFlush: constants.Z_FULL_FLUSH, level: 9 })
  return Buffer.concat(Array.from({ length: megabytes }, () => one)).subarray(0, -4)
}

describe.each(ENGINES)('compression with the %s engine', (engine) => {
  /** Echoes on `/ws`, compressed where the client offers it. */
  const serveEcho = (): Promise<AppSite & { delivered: (string | Buffer)[] }> => {
    const delivered: (string | Buffer)[] = []
    return serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        compression: {},
        onMessage(ws, { data }) {
          delivered.push(data)
          return ws.send(data)
        },
      }),
    ).then((site) => Object.assign(site, { delivered }))
  }

  async function expectUnharmed(site: AppSite): Promise<void> {
    const control = await DeflateClient.open(site, '/ws', OFFER)
    control.write(frame(Opcode.TEXT, await deflate(Buffer.from(text)), compressed))
    const { rsv1, payload } = await control.next()
    expect(rsv1).toBe(true)
    expect((await inflate(payload)).toString()).toBe(text)
    control.write(frame(Opcode.CLOSE, ''))
    expect((await control.next()).opcode).toBe(Opcode.CLOSE)
  }

  it('CP-01 is off unless the route asks for it', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) }),
    )
    const client = await DeflateClient.open(site, '/ws', OFFER)
    expect(client.agreed).toBeUndefined()
    client.write(frame(Opcode.TEXT, text))
    expect(await client.next()).toEqual({ opcode: Opcode.TEXT, rsv1: false, payload: Buffer.from(text) })
    client.write(frame(Opcode.TEXT, 'x', compressed))
    expect(await client.nextCloseCode()).toBe(1002)
  })

  it('CP-02 stops at the limit, in one frame and in fragments', async () => {
    const site = await serveEcho()
    const bomb = zeros(1_024)
    expect(bomb.length).toBeLessThan(1_179_712)
    const third = Math.ceil(bomb.length / 3)
    const shapes = [
      [frame(Opcode.BINARY, bomb, compressed)],
      [0, 1, 2].map((index) =>
        frame(index === 0 ? Opcode.BINARY : Opcode.CONTINUATION, bomb.subarray(index * third, (index + 1) * third), {
          rsv1: index === 0,
          fin: index === 2,
        }),
      ),
    ]
    for (const frames of shapes) {
      const client = await DeflateClient.open(site, '/ws', OFFER)
      client.write(...frames)
      expect(await client.nextCloseCode()).toBe(1009)
    }
    expect(site.delivered).toEqual([])
    await expectUnharmed(site)
  })

  it('CP-02 inflates to less than a message may hold where the route says so', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        compression: { maxInflatedSize: 5_000 },
        limits: { maxMessageSize: 50_000 },
        onMessage: (ws, { data }) => ws.sendText(`${data.length}`),
      }),
    )
    const client = await DeflateClient.open(site, '/ws', OFFER)
    client.write(frame(Opcode.BINARY, varied(50_000)))
    client.write(frame(Opcode.BINARY, deflated(varied(5_000)), compressed))
    expect(`${(await client.next()).payload} ${(await client.next()).payload}`).toBe('50000 5000')
    client.write(frame(Opcode.BINARY, deflated(varied(5_001)), compressed))
    expect(await client.nextCloseCode()).toBe(1009)
    const other = await DeflateClient.open(site, '/ws', OFFER)
    other.write(frame(Opcode.BINARY, varied(50_001)))
    expect(await other.nextCloseCode()).toBe(1009)
  })

  it('CP-05 has large messages take turns', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', { compression: { concurrency: 1 }, onMessage: (ws, { data }) => ws.send(data) }),
    )
    const clients = await Promise.all(Array.from({ length: 5 }, () => DeflateClient.open(site, '/ws', OFFER)))
    const message = varied(100_000)
    for (const client of clients) client.write(frame(Opcode.BINARY, await deflate(message), compressed))
    for (const client of clients) expect(message.equals(await inflate((await client.next()).payload))).toBe(true)
  })

  it('CP-05 frees the place of a job whose connection is gone', async () => {
    const site = await serveEcho()
    const message = varied(400_000)
    const bytes = frame(Opcode.BINARY, await deflate(message), compressed)
    const clients = await Promise.all(Array.from({ length: 100 }, () => DeflateClient.open(site, '/ws', OFFER)))
    for (const client of clients) client.write(bytes)
    await site.open('/ws')
    for (const { connection } of clients) connection.reset()
    await Promise.all(clients.map(({ connection }) => connection.closed))
    for (let count = 0; count < 20; count++) await expectUnharmed(site)
  })

  it.each<[string, number, Buffer[]]>([
    ['data that are no DEFLATE', 1007, [frame(Opcode.TEXT, Buffer.from([0xff, 0xff, 0xff, 0xff]), compressed)]],
    ['text that is not UTF-8', 1007, [frame(Opcode.TEXT, deflated(Buffer.from([0xff, 0xfe])), compressed)]],
    [
      'RSV1 on a continuation',
      1002,
      [frame(Opcode.TEXT, deflated(Buffer.from('x')), { ...compressed, ...more }), frame(0, 'y', compressed)],
    ],
    ['RSV1 on a ping', 1002, [frame(Opcode.PING, 'x', compressed)]],
    ['RSV1 on a close', 1002, [frame(Opcode.CLOSE, encodeClosePayload(1000), compressed)]],
  ])('CP-06 refuses %s', async (_, code, frames) => {
    const site = await serveEcho()
    const client = await DeflateClient.open(site, '/ws', OFFER)
    client.write(...frames)
    expect(await client.nextCloseCode()).toBe(code)
    expect(site.delivered).toEqual([])
    await expectUnharmed(site)
  })

  it('CP-06 tells the handler what was wrong', async () => {
    const ended = Promise.withResolvers<unknown>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', { compression: {}, onDisconnect: (_, event) => ended.resolve(event) }),
    )
    const client = await DeflateClient.open(site, '/ws', OFFER)
    client.write(frame(Opcode.TEXT, Buffer.from([0xff, 0xff, 0xff, 0xff]), compressed))
    expect(await client.nextCloseCode()).toBe(1007)
    client.connection.destroy()
    expect(await ended.promise).toMatchObject({
      code: 1007,
      reason: 'Invalid compressed data',
      initiator: 'protocol',
    })
  })

  it('CP-08 sends what must not be measured as it is, and what is small', async () => {
    const secret = 'session=4f1c9a'
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        compression: { threshold: 10 },
        async onMessage(ws, { data }) {
          const page = `${'filler '.repeat(10)}${secret} ${String(data).repeat(3)}`
          await ws.sendText(page)
          await ws.sendText(page, { compress: false })
          await ws.sendText('small')
        },
      }),
    )
    const client = await DeflateClient.open(site, '/ws', OFFER)
    const lengthsOf = async (guess: string) => {
      client.write(frame(Opcode.TEXT, guess))
      const frames = [await client.next(), await client.next(), await client.next()]
      expect(frames.map(({ rsv1 }) => rsv1)).toEqual([true, false, false])
      return frames.map(({ payload }) => payload.length)
    }
    const [right, wrong] = [await lengthsOf('session=4f1c9a'), await lengthsOf('session=zq7kw2')]
    // The one that is compressed tells who guesses right; the other does not.
    expect(right[0]).toBeLessThan(wrong[0] as number)
    expect(right[1]).toBe(wrong[1])
  })

  it.each([false, true])('CP-08 sends a broadcast as it is where it must, context takeover %s', async (takeover) => {
    const members: WebSocketConnection[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        compression: { contextTakeover: takeover },
        onConnect: (ws) => void members.push(ws),
        onMessage() {},
      }),
    )
    const clients = [await DeflateClient.open(site, '/ws', OFFER), await DeflateClient.open(site, '/ws', OFFER)]
    broadcast(members, text, { compress: false })
    broadcast(members, text)
    for (const ws of members) ws.trySend(prepareMessage(text, { compress: false }))
    for (const client of clients) {
      const frames = [await client.next(), await client.next(), await client.next()]
      expect(frames.map(({ rsv1 }) => rsv1)).toEqual([false, true, false])
      expect(frames[0]?.payload.toString()).toBe(text)
      expect(frames[2]?.payload.toString()).toBe(text)
    }
  })
})

function deflated(data: Buffer): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}
