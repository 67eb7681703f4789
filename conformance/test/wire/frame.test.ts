import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binary, continuation, encodeFrame, fragments, Opcode, ping, text } from '../../src/wire/frame.ts'
import { FrameReader } from '../../src/wire/frame-reader.ts'

describe('encodeFrame', () => {
  // RFC 6455 section 5.7
  it.each([
    ['a text', text('Hello'), '810548656c6c6f'],
    ['the first fragment', text('Hel', { fin: false }), '010348656c'],
    ['the last fragment', continuation('lo'), '80026c6f'],
    ['a ping', ping('Hello'), '890548656c6c6f'],
  ])('writes %s as the RFC shows it', (_, frame, hex) => {
    expect(encodeFrame(frame, 'server').toString('hex')).toBe(hex)
  })

  it.each([
    [125, '827d'],
    [126, '827e007e'],
    [256, '827e0100'],
    [65_535, '827effff'],
    [65_536, '827f0000000000010000'],
  ])('announces %i bytes in the shortest form', (length, head) => {
    const encoded = encodeFrame(binary(Buffer.alloc(length)), 'server')
    expect(encoded.subarray(0, encoded.length - length).toString('hex')).toBe(head)
  })

  it('can break every rule when told to', () => {
    expect(encodeFrame(text('a', { rsv: 7, fin: false, lengthForm: 16 }), 'server').toString('hex')).toBe('717e000161')
    expect(encodeFrame(text('', { announcedLength: 2n ** 63n }), 'server').toString('hex')).toBe('817f8000000000000000')
    expect(encodeFrame(text('a', { wrongMask: true }), 'client').toString('hex')).toBe('810161')
  })
})

describe('FrameReader', () => {
  it('unmasks as the RFC shows it', () => {
    const [frame] = new FrameReader().push(Buffer.from('818537fa213d7f9f4d5158', 'hex'))
    expect(frame).toMatchObject({ masked: true, fin: true, rsv: 0, opcode: Opcode.TEXT })
    expect(frame?.payload.toString()).toBe('Hello')
  })

  it('reads the same frames however the bytes are cut', () => {
    const frame = fc.record({
      opcode: fc.integer({ min: 0, max: 15 }),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fin: fc.boolean(),
      rsv: fc.integer({ min: 0, max: 7 }),
      lengthForm: fc.constantFrom(16 as const, 64 as const),
    })
    fc.assert(
      fc.property(
        fc.array(frame),
        fc.constantFrom('client', 'server'),
        fc.infiniteStream(fc.nat(40)),
        (sent, role, cuts) => {
          let bytes = Buffer.concat(sent.map((each) => encodeFrame(each, role)))
          const reader = new FrameReader()
          const read = []
          for (const cut of cuts) {
            read.push(...reader.push(bytes.subarray(0, cut)))
            bytes = bytes.subarray(cut)
            if (bytes.length === 0) break
          }
          expect(read).toEqual(sent.map((each) => ({ ...each, masked: role === 'client' })))
        },
      ),
    )
  })
})

it('fragments end where the payload ends', () => {
  const parts = fragments(Opcode.TEXT, Buffer.from('abcde'), 2, 4)
  expect(parts.map(({ opcode, fin, rsv, payload }) => [opcode, fin, rsv, payload.toString()])).toEqual([
    [Opcode.TEXT, false, 4, 'ab'],
    [Opcode.CONTINUATION, false, 0, 'cd'],
    [Opcode.CONTINUATION, true, 0, 'e'],
  ])
})
