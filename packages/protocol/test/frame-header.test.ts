import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createFrameHeader,
  decodeFrameHeader,
  frameHeaderLength,
  MAX_HEADER_LENGTH,
  writeFrameHeader,
} from '../src/index.ts'

function decode(bytes: Uint8Array, start = 0) {
  const header = createFrameHeader()
  return { length: decodeFrameHeader(bytes, start, header), header }
}

describe('decodeFrameHeader', () => {
  it('reads every bit of the first byte', () => {
    expect(decode(Buffer.from([0b1010_1001, 0])).header).toMatchObject({
      fin: true,
      rsv1: false,
      rsv2: true,
      rsv3: false,
      opcode: 9,
      masked: false,
      payloadLength: 0,
      lengthBytes: 0,
    })
    expect(decode(Buffer.from([0b0101_0010, 0])).header).toMatchObject({
      fin: false,
      rsv1: true,
      rsv3: true,
      opcode: 2,
    })
  })

  it.each([
    ['827d', 2, 125, 0],
    ['827e007e', 4, 126, 2],
    ['827effff', 4, 65_535, 2],
    ['827f0000000000010000', 10, 65_536, 8],
    ['827f001fffffffffffff', 10, Number.MAX_SAFE_INTEGER, 8],
    ['827f7fffffffffffffff', 10, 2 ** 63 - 2 ** 11, 8],
    ['827f8000000000000000', 10, 2 ** 63, 8],
    ['827e0001', 4, 1, 2],
  ])('reads the length of %s', (hex, length, payloadLength, lengthBytes) => {
    expect(decode(Buffer.from(hex, 'hex'))).toMatchObject({ length, header: { payloadLength, lengthBytes } })
  })

  it('says 0 until the header is whole, and leaves it alone', () => {
    const whole = Buffer.from('82ff0000000000010000aabbccdd', 'hex')
    for (let end = 0; end < whole.length; end++) {
      const { length, header } = decode(whole.subarray(0, end))
      expect(length).toBe(0)
      expect(header).toEqual(createFrameHeader())
    }
    expect(decode(whole)).toMatchObject({ length: 14, header: { maskingKey: 0xddccbbaa | 0 } })
  })

  it('reads what was written, anywhere in a buffer', () => {
    const length = fc.oneof(fc.nat(130), fc.integer({ min: 65_530, max: 65_540 }), fc.maxSafeNat())
    const key = fc.option(fc.integer(), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(255), length, key, fc.nat(9), (firstByte, payloadLength, maskingKey, offset) => {
        const bytes = Buffer.alloc(offset + MAX_HEADER_LENGTH)
        const end = writeFrameHeader(bytes, offset, firstByte, payloadLength, maskingKey)
        expect(end - offset).toBe(frameHeaderLength(payloadLength, maskingKey !== undefined))
        expect(decode(bytes.subarray(0, end), offset)).toMatchObject({
          length: end - offset,
          header: {
            opcode: firstByte & 15,
            masked: maskingKey !== undefined,
            maskingKey: maskingKey ?? 0,
            payloadLength,
          },
        })
      }),
    )
  })
})
