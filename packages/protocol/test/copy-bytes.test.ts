import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyBytes } from '../src/copy-bytes.ts'

it('copies what set copies, of any length and alignment, and nothing else', () => {
  const bytes = Buffer.from(Array.from({ length: 1_200 }, (_, index) => (index * 7) % 256))
  fc.assert(
    fc.property(fc.nat(300), fc.nat(600), fc.nat(40), fc.nat(12), (start, length, offset, cut) => {
      const source = bytes.subarray(cut)
      const target = Buffer.alloc(offset + length + 9, 0xee)
      const expected = Buffer.from(target)
      expected.set(source.subarray(start, start + length), offset)
      copyBytes(source, start, start + length, target, offset)
      expect(target.equals(expected)).toBe(true)
    }),
  )
})

it('throws rather than write behind the end', () => {
  expect(() => copyBytes(Buffer.alloc(64), 0, 64, Buffer.alloc(60), 0)).toThrow(RangeError)
})
