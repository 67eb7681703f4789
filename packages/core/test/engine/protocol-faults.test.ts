import { type FrameOptions, Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { clientFrame } from '../support/raw-websocket.ts'
import { ENGINES } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { serveEcho } from './support/echo-site.ts'
import { memoryInUse } from './support/memory-in-use.ts'

const more = { fin: false }
const frame = (opcode: number, payload: string | Uint8Array = '', options?: FrameOptions) =>
  clientFrame(opcode as Opcode, payload, options)
const continuation = (payload: string | Uint8Array, options?: FrameOptions) =>
  frame(Opcode.CONTINUATION, payload, options)

/** Changes the first byte of a frame. */
function withFirstByte(bits: number, bytes: Buffer): Buffer {
  bytes[0] = (bytes[0] as number) ^ bits
  return bytes
}

const NOT_UTF8: Readonly<Record<string, string>> = {
  'a lone continuation byte': '80',
  'an overlong slash': 'c0af',
  'an overlong NUL': 'e08080',
  'an overlong character of four bytes': 'f0808080',
  'half a surrogate': 'eda080',
  'a pair of surrogates': 'eda080edb080',
  'a character above U+10FFFF': 'f4908080',
  'a byte that is in no character': 'ff',
  'a character cut short by another': 'e28241',
  'a character cut short by the end': '61e282',
  'valid text before it': `${Buffer.from('größer 😀').toString('hex')}ff`,
}

const PR_04: Readonly<Record<string, Buffer>> = {
  'RSV1 without an extension': withFirstByte(0x40, frame(Opcode.TEXT, 'x')),
  RSV2: withFirstByte(0x20, frame(Opcode.TEXT, 'x')),
  RSV3: withFirstByte(0x10, frame(Opcode.BINARY, 'x')),
  'RSV1 on a ping': withFirstByte(0x40, frame(Opcode.PING)),
  ...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, frame(opcode, 'x')])),
  'a ping of 126 bytes': frame(Opcode.PING, 'x'.repeat(126)),
  'a close of 126 bytes': frame(Opcode.CLOSE, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 'x')])),
  'a ping in fragments': frame(Opcode.PING, 'x', more),
  'a close in fragments': frame(Opcode.CLOSE, '', more),
  'a continuation of nothing': continuation('x'),
  'an unfinished continuation of nothing': continuation('x', more),
  'a message inside another': Buffer.concat([frame(Opcode.TEXT, 'x', more), frame(Opcode.TEXT, 'y')]),
  'a continuation of what was whole': Buffer.concat([frame(Opcode.TEXT, 'x'), continuation('y')]),
}

describe.each(ENGINES)('a peer that breaks the protocol, with the %s engine', (engine) => {
  it.each(Object.entries(NOT_UTF8))('PR-02 refuses %s in text, whole and cut anywhere', async (_, hex) => {
    const site = await serveEcho({ engine })
    const bytes = Buffer.from(hex, 'hex')
    for (let cut = -1; cut <= bytes.length; cut++) {
      const client = await site.attack()
      const [first, rest] = [bytes.subarray(0, Math.max(cut, 0)), bytes.subarray(Math.max(cut, 0))]
      if (cut === -1) client.sendFrame(Opcode.TEXT, bytes)
      else client.connection.write(Buffer.concat([frame(Opcode.TEXT, first, more), continuation(rest)]))
      expect((await client.nextClose()).code).toBe(1007)
    }
    expect(site.delivered).toEqual([])
    await site.expectUnharmed()
  })

  it('PR-02 takes text whose characters are cut anywhere', async () => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    const text = 'größer 日本語 😀'
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      client.sendFrame(Opcode.TEXT, bytes.subarray(0, cut), more)
      client.sendFrame(Opcode.PING)
      client.sendFrame(Opcode.CONTINUATION, bytes.subarray(cut))
      expect((await client.next()).type).toBe('pong')
      expect(await client.nextText()).toBe(text)
    }
  })

  it('PR-03 refuses frames that are not masked', async () => {
    const site = await serveEcho({ engine })
    for (const opcode of [Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.CLOSE]) {
      const client = await site.attack()
      client.sendFrame(opcode, '', { mask: false })
      expect((await client.nextClose()).code).toBe(1002)
    }
    expect(site.delivered).toEqual([])
    await site.expectUnharmed()
  })

  it.each(Object.entries(PR_04))('PR-04 refuses %s', async (_, bytes) => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    client.connection.write(bytes)
    const told = await client.toEnd()
    expect(told.at(-1)).toMatchObject({ type: 'close', code: 1002 })
    await site.expectUnharmed()
  })

  it('PR-05 ends a message of too many fragments, and keeps little of it', async () => {
    const site = await serveEcho({ engine })
    const clients = await Promise.all(Array.from({ length: 50 }, () => site.attack()))
    const bomb = Buffer.concat([
      frame(Opcode.TEXT, 'x', more),
      ...Array.from({ length: 16_380 }, () => continuation('x', more)),
    ])
    const before = memoryInUse()
    for (const client of clients) client.connection.write(bomb)
    for (const client of clients) expect((await client.nextClose()).code).toBe(1008)
    expect(memoryInUse() - before).toBeLessThan(10_000_000)
    expect(site.delivered).toEqual([])
    await site.expectUnharmed()
  })

  it('PR-05 takes as many fragments as it says', async () => {
    const site = await serveEcho({ engine }, { limits: { maxFragments: 10 } })
    const message = (fragments: number) =>
      Buffer.concat([
        frame(Opcode.TEXT, '1', more),
        ...Array.from({ length: fragments - 2 }, () => continuation('2', more)),
        continuation('3'),
      ])
    const client = await site.attack()
    client.connection.write(message(10))
    expect(await client.nextText()).toBe('1222222223')
    client.connection.write(message(11))
    expect((await client.nextClose()).code).toBe(1008)
    await site.expectUnharmed()
  })

  it('PR-06 counts empty fragments', async () => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    client.sendFrame(Opcode.BINARY, '', more)
    client.connection.write(Buffer.concat(Array.from({ length: 2_000 }, () => continuation('', more))))
    expect((await client.nextClose()).code).toBe(1008)
    await site.expectUnharmed()
  })

  it('PR-07 counts the fragments of each message by themselves', async () => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    const COUNT = 100_000
    const messages = Buffer.concat(Array.from({ length: 1_000 }, () => frame(Opcode.TEXT, 'x')))
    for (let sent = 0; sent < COUNT; sent += 1_000) {
      client.connection.write(messages)
      for (let received = 0; received < 1_000; received++) expect(await client.nextText()).toBe('x')
    }
    expect(site.delivered).toHaveLength(COUNT)
  })

  it('PR-08 keeps little of pings whose answers nobody reads', async () => {
    const site = await serveEcho({ engine })
    const clients = await Promise.all(Array.from({ length: 20 }, () => site.attack()))
    const pings = Buffer.concat(Array.from({ length: 5_000 }, () => frame(Opcode.PING, 'x'.repeat(125))))
    const before = memoryInUse()
    for (const { connection } of clients) {
      connection.socket.pause()
      connection.write(Buffer.concat([pings, frame(Opcode.TEXT, 'mark')]))
    }
    // ws cuts such a peer.
    const done = () => site.delivered.length + site.app.api.stats().closed
    while (done() < clients.length) await new Promise((resolve) => setImmediate(resolve))
    expect(memoryInUse() - before).toBeLessThan(20_000_000)
    await site.expectUnharmed()
  })

  it('PR-09 ignores pongs that answer nothing', async () => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    client.connection.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame(Opcode.PONG, 'unasked'))))
    client.sendText('still there')
    expect(await client.nextText()).toBe('still there')
    expect(site.delivered).toEqual(['still there'])
    await site.expectUnharmed()
  })

  it('PR-17 reads 64 KB that come one byte at a time', async () => {
    const site = await serveEcho({ engine })
    const client = await site.attack()
    const message = 'x'.repeat(65_536)
    const bytes = frame(Opcode.TEXT, message)
    const { socket } = client.connection
    for (const byte of bytes) if (!socket.write(Buffer.from([byte]))) await new Promise((r) => socket.once('drain', r))
    expect(await client.nextText()).toBe(message)
    await site.expectUnharmed()
  })
})

it('PR-17 closes a message that trickles in for longer than its time', async () => {
  const clock = new VirtualClock()
  const site = await serveEcho({ clock }, { limits: { messageTimeout: 10_000 } })
  const client = await site.attack()
  client.sendFrame(Opcode.TEXT, 'never', more)
  await clock.timer(10_000)
  clock.advance(5_000)
  client.sendFrame(Opcode.CONTINUATION, 'whole', more)
  client.sendFrame(Opcode.PING)
  expect((await client.next()).type).toBe('pong')
  clock.advance(5_000)
  expect(await client.nextClose()).toEqual({ code: 1008, reason: 'Message took too long' })
  await site.expectUnharmed()
})
