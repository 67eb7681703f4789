import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyMask,
  encodeFrame,
  encodeFrameHeader,
  maxFrameLength,
  Opcode,
  writeFrame,
  writeFrameOf,
} from '../src/index.ts'

const HELLO_KEY = Buffer.from('37fa213d', 'hex').readInt32LE()

describe('encodeFrame', () => {
  // The examples of RFC 6455 section 5.7.
  it('makes a single-frame unmasked text message', () => {
    expect(encodeFrame(Opcode.TEXT, 'Hello').toString('hex')).toBe('810548656c6c6f')
  })

  it('makes a single-frame masked text message', () => {
    expect(encodeFrame(Opcode.TEXT, 'Hello', { mask: HELLO_KEY }).toString('hex')).toBe('818537fa213d7f9f4d5158')
  })

  it('makes a fragmented text message', () => {
    expect(encodeFrame(Opcode.TEXT, 'Hel', { fin: false }).toString('hex')).toBe('010348656c')
    expect(encodeFrame(Opcode.CONTINUATION, 'lo').toString('hex')).toBe('80026c6f')
  })

  it('makes 16-bit and 64-bit lengths', () => {
    expect(encodeFrame(Opcode.BINARY, Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('827e0100')
    expect(encodeFrame(Opcode.BINARY, Buffer.alloc(65_536)).subarray(0, 10).toString('hex')).toBe(
      '827f0000000000010000',
    )
  })

  it('marks a compressed message', () => {
    expect(encodeFrame(Opcode.TEXT, 'x', { rsv1: true })[0]).toBe(0xc1)
  })

  it('masks with a fresh key each time, and leaves the payload alone', () => {
    const payload = Buffer.from('payload')
    const frames = Array.from({ length: 20 }, () => encodeFrame(Opcode.BINARY, payload, { mask: true }).toString('hex'))
    expect(new Set(frames).size).toBeGreaterThan(1)
    expect(payload.toString()).toBe('payload')
  })
})

describe('writeFrame', () => {
  const payloads = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.integer({ min: 60_000, max: 66_000 }).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 21_000, max: 22_500 }).map((length) => '€'.repeat(length)),
    fc.uint8Array({ maxLength: 300 }),
  )

  it('writes what encodeFrame makes, and nothing else', () => {
    fc.assert(
      fc.property(payloads, fc.nat(20), fc.option(fc.integer(), { nil: false }), (payload, offset, mask) => {
        const target = Buffer.alloc(offset + maxFrameLength(payload))
        const expected = encodeFrame(Opcode.TEXT, payload, { mask })
        const end = writeFrame(target, offset, Opcode.TEXT, payload, { mask })
        expect(end - offset).toBe(expected.length)
        expect(target.subarray(offset, end).equals(expected)).toBe(true)
        expect(target.subarray(0, offset).every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  it('puts frame behind frame', () => {
    const target = Buffer.alloc(64)
    const end = writeFrame(target, writeFrame(target, 0, Opcode.TEXT, 'one'), Opcode.PING, '')
    expect(target.subarray(0, end).toString('latin1')).toBe('\x81\x03one\x89\x00')
  })

  it('throws rather than cut a payload', () => {
    expect(() => writeFrame(Buffer.alloc(16), 0, Opcode.TEXT, 'five!')).toThrow(RangeError)
    expect(() => writeFrame(Buffer.alloc(40), 20, Opcode.TEXT, 'five!')).toThrow(RangeError)
  })
})

describe('writeFrameOf', () => {
  it('writes the frame of a prefix and a piece of a buffer', () => {
    const piece = fc.record({ bytes: fc.uint8Array({ maxLength: 700 }), start: fc.nat(300) })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), piece, fc.nat(20), (prefix, { bytes, start: given }, offset) => {
        const start = Math.min(given, bytes.length)
        const payload = Buffer.concat([prefix, bytes.subarray(start)])
        const expected = encodeFrame(Opcode.BINARY, payload)
        const target = Buffer.alloc(offset + maxFrameLength(payload))
        const end = writeFrameOf(target, offset, Opcode.BINARY, prefix, bytes, start, bytes.length)
        expect(target.subarray(offset, end).equals(expected)).toBe(true)
        expect(target.subarray(0, offset).every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  it('throws rather than cut a payload', () => {
    const prefix = Buffer.from('prefix')
    expect(() => writeFrameOf(Buffer.alloc(24), 0, Opcode.TEXT, prefix, Buffer.alloc(9), 0, 9)).toThrow(RangeError)
  })
})

describe('encodeFrameHeader', () => {
  it('and the payload behind it make the frame', () => {
    const payload = Buffer.alloc(70_000, 'ab')
    const whole = encodeFrame(Opcode.BINARY, payload, { fin: false, mask: 99 })
    applyMask(payload, 0, payload.length, 99)
    const header = encodeFrameHeader(Opcode.BINARY, payload.length, { fin: false, mask: 99 })
    expect(Buffer.concat([header, payload]).equals(whole)).toBe(true)
  })

  it('is not masked unless told', () => {
    expect(encodeFrameHeader(Opcode.TEXT, 5).toString('hex')).toBe('8105')
  })
})
