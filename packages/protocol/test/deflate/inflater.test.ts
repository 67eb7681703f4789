import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failures, Inflater } from '../../src/index.ts'
import { inflate } from '../support/compression.ts'

const MEBIBYTE = 1_048_576

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
