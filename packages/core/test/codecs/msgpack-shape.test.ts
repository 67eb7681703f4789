import { ExtensionCodec, encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertMsgpackShape } from '../../src/codecs/msgpack-shape.ts'

function shapeOf(bytes: Uint8Array, maxDepth = 64): string {
  try {
    assertMsgpackShape(bytes, maxDepth)
    return 'fine'
  } catch (error) {
    return (error as Error).message
  }
}

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.integer({ min: -200, max: 70_000 }),
    fc.double(),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.date({ min: new Date(0), max: new Date(2 ** 40), noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20 }),
  ),
})).value

describe('the shape of a MessagePack value', () => {
  it('is fine for everything that the library writes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(shapeOf(encode(value))).toBe('fine')
      }),
    )
  })

  it.each([
    ['a long string', 'x'.repeat(70_000)],
    ['long bytes', new Uint8Array(70_000)],
    ['a long array', Array.from({ length: 70_000 }, () => 1)],
    ['a large map', Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [String(index), index]))],
  ])('is fine for %s', (_what, value) => {
    expect(shapeOf(encode(value))).toBe('fine')
  })

  it('ends where its bytes end', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, at) => {
        const bytes = encode(value)
        const cut = bytes.subarray(0, at % bytes.length)
        expect(shapeOf(cut)).toMatch(/^(ends too early|announces more than it holds)$/)
      }),
    )
  })

  it('MS-11 cannot announce more than follows', () => {
    const array = [0xdd, 0x01, 0, 0, 0]
    expect(shapeOf(Uint8Array.from(array))).toBe('announces more than it holds')
    expect(shapeOf(Uint8Array.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xc0]))).toBe('announces more than it holds')
    // Each alone would fit into what follows, but not all of them together.
    const nested = [0xdc, 0, 200, 0xdc, 0, 200, 0xdc, 0, 200, ...Array.from({ length: 300 }, () => 0xc0)]
    expect(shapeOf(Uint8Array.from(nested))).toBe('announces more than it holds')
  })

  it('MS-10 is bounded in depth', () => {
    const deep = (levels: number) => Uint8Array.from([...Array.from({ length: levels }, () => 0x91), 0xc0])
    expect(shapeOf(deep(64))).toBe('fine')
    expect(shapeOf(deep(65))).toBe('nested too deeply')
    expect(shapeOf(new Uint8Array(1_048_576).fill(0x81))).toBe('nested too deeply')
  })

  it('has no extension but the timestamp, and no type that does not exist', () => {
    expect(shapeOf(Uint8Array.from([0xc1]))).toBe('has a value of the type 0xc1')
    expect(shapeOf(Uint8Array.from([0xd4, 5, 0]))).toBe('has a value of the type 0xd4')
    const extensions = new ExtensionCodec()
    extensions.register({ type: 5, encode: () => new Uint8Array(4), decode: () => null })
    expect(shapeOf(encode({ a: 1 }, { extensionCodec: extensions }))).toBe('has the extension type 5')
  })

  it('throws nothing but what it says, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(shapeOf(bytes)).toMatch(/^(fine|ends too early|announces more|nested too|has )/)
      }),
      { numRuns: 1_000 },
    )
  })
})
