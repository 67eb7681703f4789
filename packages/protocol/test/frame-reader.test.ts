import { describe, expect, it } from 'vitest'
import { FrameReader } from '../src/frame-reader.ts'
import { encodeFrame, Opcode } from '../src/index.ts'

const frame = () => encodeFrame(Opcode.BINARY, 'x'.repeat(300), { mask: 0x01020304 })

describe('FrameReader', () => {
  it('reads a header and its unmasked payload', () => {
    const reader = new FrameReader()
    reader.push(frame())
    expect(reader.hasBytes() && reader.readHeader()).toBe(true)
    expect(reader.header).toMatchObject({ opcode: Opcode.BINARY, payloadLength: 300 })
    expect(reader.missing).toBe(300)
    reader.readPayload()
    expect(reader.chunk.toString('latin1', reader.start, reader.end)).toBe('x'.repeat(300))
    expect(reader.missing).toBe(0)
    expect(reader.hasBytes()).toBe(false)
  })

  it('counts what it holds, and knows whether it is inside a frame', () => {
    const reader = new FrameReader()
    reader.push(frame().subarray(0, 3))
    expect(reader.length).toBe(3)
    expect(reader.isMidFrame).toBe(false)
    expect(reader.hasBytes() && reader.readHeader()).toBe(false)
    expect(reader.length).toBe(3)
    expect(reader.isMidFrame).toBe(true)
    reader.push(frame().subarray(3, 100))
    reader.push(frame().subarray(100))
    expect(reader.hasBytes() && reader.readHeader()).toBe(true)
    expect(reader.length).toBe(300)
    reader.readPayload()
    expect(reader.length).toBe(208)
    expect(reader.missing).toBe(208)
    expect(reader.isMidFrame).toBe(true)
  })

  it('forgets everything on clear', () => {
    const reader = new FrameReader()
    reader.push(frame().subarray(0, 3))
    expect(reader.hasBytes() && reader.readHeader()).toBe(false)
    reader.push(frame())
    reader.clear()
    expect(reader).toMatchObject({ length: 0, isMidFrame: false })
    expect(reader.hasBytes()).toBe(false)
  })

  it('keeps no chunk once it is used up', () => {
    const reader = new FrameReader()
    reader.push(encodeFrame(Opcode.PING, ''))
    expect(reader.hasBytes() && reader.readHeader()).toBe(true)
    expect(reader.hasBytes()).toBe(false)
    expect(reader.chunk).toHaveLength(0)
  })
})
