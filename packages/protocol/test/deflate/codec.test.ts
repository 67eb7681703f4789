import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PerMessageDeflate, type WsDeflate } from '../../fuzz/ws-internals.ts'
import { Deflater, failures, type InflateResult, Inflater, JobLimiter } from '../../src/index.ts'
import { longestDistance } from '../support/tiny-inflate.ts'

const MEBIBYTE = 1_048_576
const ALL_WINDOW_BITS = [8, 9, 10, 11, 12, 13, 14, 15]

const deflate = (deflater: Deflater, message: string | Uint8Array) =>
  new Promise<Buffer | undefined>((resolve) => deflater.deflate(message, resolve))
const inflate = (inflater: Inflater, payload: Buffer, maxLength = MEBIBYTE) =>
  new Promise<InflateResult>((resolve) => inflater.inflate(payload, maxLength, resolve))
const wsCompress = (codec: WsDeflate, data: Buffer) =>
  new Promise<Buffer>((resolve, reject) =>
    codec.compress(data, true, (error, output) => (error === null ? resolve(Buffer.from(output)) : reject(error))),
  )
const wsDecompress = (codec: WsDeflate, data: Buffer) =>
  new Promise<Buffer>((resolve, reject) =>
    codec.decompress(data, true, (error, output) => (error === null ? resolve(Buffer.from(output)) : reject(error))),
  )

/** Messages that repeat themselves and one another, at all sorts of distances, some too large to be handled at once. */
function createMessages(count: number, seed: number): Buffer[] {
  const words = ['alpha', 'beta', 'gamma', '{"id":', '"name":"', 'ü', '😀', '\n', '  ', '0123456789']
  let state = seed
  const next = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  return Array.from({ length: count }, (_, index) => {
    const length = index % 17 === 16 ? 8000 : next(300)
    return Buffer.from(Array.from({ length }, () => words[next(words.length)] ?? '').join(index % 3 === 0 ? '' : ','))
  })
}

describe('Inflater', () => {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false })

  it.each([
    ['one block', 'f248cdc9c90700'],
    ['a block without compression', '000500faff48656c6c6f00'],
    ['a final block', 'f348cdc9c9070000'],
    ['a final block without the byte behind it', 'f348cdc9c90700'],
    ['a final block that is empty', '000500faff48656c6c6f01'],
    ['two blocks', 'f24805000000ffffcac9c90700'],
  ])('reads the example of RFC 7692 section 7.2.3 with %s', async (_, hex) => {
    expect(await inflate(inflater, Buffer.from(hex, 'hex'))).toEqual({ ok: true, data: Buffer.from('Hello') })
  })

  it('reads the example with context takeover', async () => {
    const remembering = new Inflater({ windowBits: 15, contextTakeover: true })
    expect(await inflate(remembering, Buffer.from('f248cdc9c90700', 'hex'))).toMatchObject({ ok: true })
    expect(await inflate(remembering, Buffer.from('f200110000', 'hex'))).toEqual({
      ok: true,
      data: Buffer.from('Hello'),
    })
    expect(await inflate(inflater, Buffer.from('f200110000', 'hex'))).toMatchObject({ ok: false })
  })

  it('reads an empty message, written or not', async () => {
    expect(await inflate(inflater, Buffer.from('00', 'hex'))).toEqual({ ok: true, data: Buffer.alloc(0) })
    expect(await inflate(inflater, Buffer.alloc(0))).toEqual({ ok: true, data: Buffer.alloc(0) })
  })

  it.each([
    ['garbage', 'ffffffffff'],
    ['a block cut short', 'f248cdc9'],
    ['a stored block cut short', '000500faff4865'],
    ['stored lengths that disagree', '000500000048656c6c6f00'],
    ['a distance beyond the beginning', 'f200110000'],
    ['a block type that does not exist', '0700'],
    ['a final block that takes in what is behind the message', '636f7272757074'],
    ['data behind a final block', 'f348cdc9c90700f248cdc9c90700'],
  ])('CP-06 fails %s', async (_, hex) => {
    expect(await inflate(inflater, Buffer.from(hex, 'hex'))).toEqual({
      ok: false,
      failure: failures.ERR_INVALID_DEFLATE,
    })
  })

  it('CP-06 fails large messages that are corrupt or cut short', async () => {
    const payload = deflateRawSync(randomFillSync(Buffer.alloc(50_000)), { finishFlush: constants.Z_SYNC_FLUSH })
    const invalid = { ok: false, failure: failures.ERR_INVALID_DEFLATE }
    expect(await inflate(inflater, payload.subarray(0, -1000))).toEqual(invalid)
    expect(await inflate(inflater, Buffer.concat([Buffer.from([0xff]), payload]))).toEqual(invalid)
  })

  it('CP-06 never throws, and agrees with itself on small and large messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), async (bytes) => {
        const result = await inflate(inflater, Buffer.from(bytes))
        expect(result.ok || result.failure).toBeTruthy()
        // Behind blocks of nothing the same bytes take the path through the thread pool.
        const padding = Buffer.from('000000ffff'.repeat(1700), 'hex')
        expect(await inflate(inflater, Buffer.concat([padding, bytes]))).toEqual(result)
      }),
    )
  })

  it.each([1000, 100_000])('CP-02 stops beyond %i bytes', async (length) => {
    const compressed = (size: number) =>
      deflateRawSync(randomFillSync(Buffer.alloc(size)), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
    expect(await inflate(inflater, compressed(length), length)).toMatchObject({ ok: true })
    expect(await inflate(inflater, compressed(length + 1), length)).toEqual({
      ok: false,
      failure: failures.ERR_MESSAGE_TOO_BIG,
    })
  })

  it('CP-02 stops a bomb long before it has gone off, small or large', async () => {
    const block = deflateRawSync(Buffer.alloc(16 * MEBIBYTE), { finishFlush: constants.Z_SYNC_FLUSH })
    for (const bomb of [block.subarray(0, 8000), Buffer.concat(Array.from({ length: 64 }, () => block))]) {
      const before = process.memoryUsage().rss
      const result = await inflate(inflater, bomb)
      expect(result).toEqual({ ok: false, failure: failures.ERR_MESSAGE_TOO_BIG })
      expect(process.memoryUsage().rss - before).toBeLessThan(16 * MEBIBYTE)
    }
  })
})

describe('Deflater', () => {
  it('makes the example of RFC 7692 section 7.2.3.1, were it any smaller', async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: false })
    expect(await deflate(deflater, 'Hello')).toBeUndefined()
    expect((await deflate(deflater, 'HelloHelloHello'))?.toString('hex')).toBe('f248cdc9c9f780130000')
  })

  it('CP-09 gives no payload where it would not be smaller, large or small', async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    expect(await deflate(deflater, '')).toBeUndefined()
    expect(await deflate(deflater, randomFillSync(Buffer.alloc(100)))).toBeUndefined()
    expect(await deflate(deflater, randomFillSync(Buffer.alloc(50_000)))).toBeUndefined()
  })

  it('CP-09 serves any number of connections without context takeover', async () => {
    const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
    const payload = (await deflate(deflater, 'to everybody '.repeat(100))) ?? expect.fail('not smaller')
    for (let receiver = 0; receiver < 3; receiver++) {
      const inflater = new Inflater({ windowBits: 12, contextTakeover: false })
      expect(await inflate(inflater, payload)).toEqual({ ok: true, data: Buffer.from('to everybody '.repeat(100)) })
    }
  })

  it('frees its turn of the limiter', async () => {
    const deflater = new Deflater({ windowBits: 12, contextTakeover: false, limiter: new JobLimiter(1) })
    const sizes = await Promise.all(['a', 'b', 'c'].map((letter) => deflate(deflater, letter.repeat(50_000))))
    expect(sizes.every((payload) => payload !== undefined && payload.length < 500)).toBe(true)
  })

  it.each(ALL_WINDOW_BITS)('CP-07 looks back no further than a window of %i bits', async (windowBits) => {
    const deflater = new Deflater({ windowBits, contextTakeover: true })
    let longest = 0
    for (const message of createMessages(60, windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) longest = Math.max(longest, longestDistance(payload))
    }
    expect(longest).toBeLessThanOrEqual(2 ** windowBits)
    expect(longest).toBeGreaterThan(2 ** windowBits * 0.45)
  })
})

describe('Deflater and Inflater', () => {
  const cases = [true, false].flatMap((contextTakeover) =>
    ALL_WINDOW_BITS.map((windowBits) => ({ windowBits, contextTakeover })),
  )

  it.each(cases)('understand each other with %j', async (options) => {
    const deflater = new Deflater(options)
    const inflater = new Inflater(options)
    for (const message of createMessages(60, options.windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) expect(await inflate(inflater, payload)).toEqual({ ok: true, data: message })
    }
  })

  it.each(cases)('understand ws, and are understood, with %j', async ({ windowBits, contextTakeover }) => {
    const peer = new PerMessageDeflate({ isServer: false, threshold: 0 })
    peer.accept([
      {
        server_max_window_bits: [String(windowBits)],
        ...(contextTakeover ? {} : { server_no_context_takeover: [true], client_no_context_takeover: [true] }),
        client_max_window_bits: [String(windowBits)],
      },
    ])
    const deflater = new Deflater({ windowBits, contextTakeover })
    const inflater = new Inflater({ windowBits, contextTakeover })
    for (const message of createMessages(40, windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) expect(await wsDecompress(peer, payload)).toEqual(message)
      if (message.length > 0) {
        expect(await inflate(inflater, await wsCompress(peer, message))).toEqual({ ok: true, data: message })
      }
    }
    peer.cleanup()
  })
})
