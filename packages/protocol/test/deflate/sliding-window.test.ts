import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlidingWindow } from '../../src/deflate/sliding-window.ts'

describe('SlidingWindow', () => {
  it('has no bytes before the first', () => {
    const window = new SlidingWindow(8)
    expect(window.bytes).toBeUndefined()
    window.push(Buffer.alloc(0))
    expect(window.bytes).toBeUndefined()
  })

  it('CP-03 remembers the last bytes and no more', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (pieces) => {
        const window = new SlidingWindow(16)
        for (const piece of pieces) window.push(piece)
        expect(window.bytes ?? Buffer.alloc(0)).toEqual(Buffer.concat(pieces).subarray(-16))
      }),
    )
  })

  it('CP-03 keeps nothing in memory beside them', () => {
    const window = new SlidingWindow(4_096)
    for (const piece of [Buffer.alloc(10), Buffer.alloc(100_000), Buffer.alloc(10)]) {
      window.push(piece)
      expect(window.bytes?.buffer.byteLength).toBe(window.bytes?.length)
    }
  })

  it('leaves the bytes alone that it gave before', () => {
    const window = new SlidingWindow(4)
    window.push(Buffer.from('abcd'))
    const before = window.bytes
    window.push(Buffer.from('ef'))
    expect(before?.toString()).toBe('abcd')
    expect(window.bytes?.toString()).toBe('cdef')
  })
})
