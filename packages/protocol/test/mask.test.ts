import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyMask, createMaskingKey, rotateKey, viewAsWords } from '../src/index.ts'

const plainMask = (bytes: Uint8Array, start: number, end: number, key: number) =>
  bytes.map((byte, index) =>
    index >= start && index < end ? byte ^ ((key >>> (8 * ((index - start) & 3))) & 0xff) : byte,
  )

describe('applyMask', () => {
  it('gives the example of RFC 6455 section 5.7', () => {
    const bytes = Buffer.from('7f9f4d5158', 'hex')
    applyMask(bytes, 0, bytes.length, Buffer.from('37fa213d', 'hex').readInt32LE())
    expect(bytes.toString()).toBe('Hello')
  })

  it('equals masking byte by byte, at every alignment and length', () => {
    const range = fc.tuple(fc.nat(700), fc.nat(700)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 707, maxLength: 707 }),
        fc.nat(7),
        range,
        fc.integer(),
        (all, shift, [start, end], key) => {
          const bytes = Buffer.from(all.buffer, shift, 700)
          const expected = plainMask(Uint8Array.from(bytes), start, end, key)
          const copy = Buffer.from(all.slice().buffer, shift, 700)
          applyMask(bytes, start, end, key)
          applyMask(copy, start, end, key, viewAsWords(copy))
          expect(Buffer.compare(bytes, expected)).toBe(0)
          expect(Buffer.compare(copy, expected)).toBe(0)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('calls a result ASCII only when it is, and knows every small one', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(190),
        fc.integer(),
        fc.boolean(),
        fc.nat(189),
        (start, length, key, withWords, at) => {
          const bytes = Buffer.alloc(512, 'a')
          const isAscii = at >= length
          if (!isAscii) bytes[start + at] = 0x80
          applyMask(bytes, start, start + length, key)
          const words = withWords ? viewAsWords(bytes) : undefined
          expect(applyMask(bytes, start, start + length, key, words)).toBe(isAscii)
        },
      ),
    )
  })
})

describe('viewAsWords', () => {
  it('is empty where the buffer is small or not aligned', () => {
    const bytes = Buffer.from(new ArrayBuffer(1024))
    expect(viewAsWords(bytes)).toHaveLength(256)
    expect(viewAsWords(bytes.subarray(2))).toHaveLength(0)
    expect(viewAsWords(bytes.subarray(0, 64))).toHaveLength(0)
  })
})

describe('rotateKey', () => {
  it.each([
    [0, 0x44332211],
    [1, 0x11443322],
    [2, 0x22114433],
    [3, 0x33221144],
    [4, 0x44332211],
  ])('by %i', (count, expected) => {
    expect(rotateKey(0x44332211, count)).toBe(expected | 0)
  })
})

describe('createMaskingKey', () => {
  it('does not repeat itself, beyond one pool of keys', () => {
    expect(new Set(Array.from({ length: 600 }, createMaskingKey)).size).toBeGreaterThan(590)
  })
})
