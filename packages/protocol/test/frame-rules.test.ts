import { describe, expect, it } from 'vitest'
import { checkFrameHeader, createFrameHeader, type FrameContext, type FrameHeader, Opcode } from '../src/index.ts'

const server: FrameContext = { role: 'server', deflate: false, fragmented: false }
const client: FrameContext = { role: 'client', deflate: false, fragmented: false }

function check(changes: Partial<FrameHeader>, context: Partial<FrameContext> = {}): string | undefined {
  const header = { ...createFrameHeader(), fin: true, masked: true, opcode: Opcode.TEXT, ...changes }
  return checkFrameHeader(header, { ...server, ...context })?.code
}

describe('checkFrameHeader', () => {
  it('accepts each kind of frame in its place', () => {
    for (const opcode of [Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE, Opcode.PING, Opcode.PONG]) {
      expect(check({ opcode })).toBeUndefined()
    }
    expect(check({ opcode: Opcode.CONTINUATION }, { fragmented: true })).toBeUndefined()
    expect(check({ opcode: Opcode.PING }, { fragmented: true })).toBeUndefined()
    expect(check({ masked: false }, client)).toBeUndefined()
    expect(check({ fin: false, rsv1: true }, { deflate: true })).toBeUndefined()
  })

  it('PR-03 demands a mask from a client and forbids it to a server', () => {
    expect(check({ masked: false })).toBe('ERR_MASK_REQUIRED')
    expect(check({ masked: true }, client)).toBe('ERR_MASK_FORBIDDEN')
  })

  it('PR-04 refuses reserved bits', () => {
    expect(check({ rsv1: true })).toBe('ERR_RESERVED_BITS')
    expect(check({ rsv2: true })).toBe('ERR_RESERVED_BITS')
    expect(check({ rsv3: true })).toBe('ERR_RESERVED_BITS')
    expect(check({ rsv2: true }, { deflate: true })).toBe('ERR_RESERVED_BITS')
    expect(check({ rsv3: true }, { deflate: true })).toBe('ERR_RESERVED_BITS')
  })

  it('CP-06 refuses the compression bit on a control or continuation frame', () => {
    const deflate = true
    expect(check({ rsv1: true, opcode: Opcode.PING }, { deflate })).toBe('ERR_MISPLACED_COMPRESSION')
    expect(check({ rsv1: true, opcode: Opcode.CLOSE }, { deflate })).toBe('ERR_MISPLACED_COMPRESSION')
    expect(check({ rsv1: true, opcode: Opcode.CONTINUATION }, { deflate, fragmented: true })).toBe(
      'ERR_MISPLACED_COMPRESSION',
    )
  })

  it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('PR-04 refuses opcode %i', (opcode) => {
    expect(check({ opcode })).toBe('ERR_UNKNOWN_OPCODE')
  })

  it('PR-04 refuses control frames that are fragmented or too long', () => {
    for (const opcode of [Opcode.CLOSE, Opcode.PING, Opcode.PONG]) {
      expect(check({ opcode, fin: false })).toBe('ERR_FRAGMENTED_CONTROL')
      expect(check({ opcode, lengthBytes: 2, payloadLength: 126 })).toBe('ERR_CONTROL_TOO_LONG')
      expect(check({ opcode, lengthBytes: 0, payloadLength: 125 })).toBeUndefined()
    }
  })

  it('PR-04 refuses a continuation without a message and a message inside a message', () => {
    expect(check({ opcode: Opcode.CONTINUATION })).toBe('ERR_UNEXPECTED_CONTINUATION')
    expect(check({ opcode: Opcode.TEXT }, { fragmented: true })).toBe('ERR_EXPECTED_CONTINUATION')
    expect(check({ opcode: Opcode.BINARY, fin: false }, { fragmented: true })).toBe('ERR_EXPECTED_CONTINUATION')
  })

  it('PR-04 refuses a length that is not in its shortest form', () => {
    expect(check({ lengthBytes: 2, payloadLength: 125 })).toBe('ERR_LENGTH_NOT_MINIMAL')
    expect(check({ lengthBytes: 2, payloadLength: 126 })).toBeUndefined()
    expect(check({ lengthBytes: 8, payloadLength: 65_535 })).toBe('ERR_LENGTH_NOT_MINIMAL')
    expect(check({ lengthBytes: 8, payloadLength: 65_536 })).toBeUndefined()
  })

  it('PR-04 refuses a 64-bit length with its highest bit set', () => {
    expect(check({ lengthBytes: 8, payloadLength: 2 ** 63 })).toBe('ERR_LENGTH_OUT_OF_RANGE')
    expect(check({ lengthBytes: 8, payloadLength: 2 ** 62 })).toBeUndefined()
  })
})
