import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeClientFrame, FrameCounter, OPCODE, readServerFrames } from '../../src/load/frames.ts'

/** A server's frame with a length header of the shortest form. */
function serverFrame(firstByte: number, payload: Buffer): Buffer {
  const masked = encodeClientFrame(OPCODE.binary, payload, 0)
  const headerLength = masked.length - payload.length - 4
  const header = Buffer.from(masked.subarray(0, headerLength))
  header[0] = firstByte
  header[1] = (header[1] ?? 0) & 0x7f
  return Buffer.concat([header, payload])
}

const lengths = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 127, 65_535, 65_536))
const frames = fc.array(fc.record({ firstByte: fc.constantFrom(0x81, 0x82, 0x89, 0x8a, 0x80), length: lengths }), {
  maxLength: 12,
})

function cut(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...cuts.map((place) => place % (stream.length + 1)).sort((one, other) => one - other),
    stream.length,
  ]
  return places.slice(1).map((end, index) => stream.subarray(places[index], end))
}

describe('FrameCounter', () => {
  it('counts data frames and no control frames, wherever the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 40 }), (specs, cuts) => {
        const stream = Buffer.concat(
          specs.map(({ firstByte, length }) => serverFrame(firstByte, Buffer.alloc(length, 0x81))),
        )
        const counter = new FrameCounter()
        const counted = cut(stream, cuts).reduce((sum, chunk) => sum + counter.count(Buffer.from(chunk)), 0)
        expect(counted).toBe(specs.filter(({ firstByte }) => (firstByte & 8) === 0).length)
      }),
    )
  })

  it('does not depend on a chunk after it has been counted', () => {
    const counter = new FrameCounter()
    const stream = serverFrame(0x82, Buffer.alloc(300))
    const chunk = Buffer.from(stream.subarray(0, 3))
    expect(counter.count(chunk)).toBe(0)
    chunk.fill(0xff)
    expect(counter.count(stream.subarray(3))).toBe(1)
  })
})

describe('readServerFrames', () => {
  it('reads whole data frames and leaves the rest', () => {
    const text = serverFrame(0x81, Buffer.from('hello'))
    const ping = serverFrame(0x89, Buffer.from('?'))
    const { frames: read, consumed } = readServerFrames(Buffer.concat([text, ping, text.subarray(0, 4)]))
    expect(read).toEqual([{ opcode: 1, payload: Buffer.from('hello') }])
    expect(consumed).toBe(text.length + ping.length)
  })
})

describe('encodeClientFrame', () => {
  it('makes the masked frame of the RFC (section 5.7)', () => {
    const frame = encodeClientFrame(OPCODE.text, Buffer.from('Hello'), 0x37fa213d)
    expect(frame.toString('hex')).toBe('818537fa213d7f9f4d5158')
  })

  it.each([
    [125, '82fd'],
    [126, '82fe007e'],
    [65_535, '82feffff'],
    [65_536, '82ff0000000000010000'],
  ])('writes the length of %i bytes in the shortest form', (length, header) => {
    const frame = encodeClientFrame(OPCODE.binary, Buffer.alloc(length))
    expect(frame.subarray(0, header.length / 2).toString('hex')).toBe(header)
    expect(frame.length).toBe(header.length / 2 + 4 + length)
  })
})
