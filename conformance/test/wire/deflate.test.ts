import { randomBytes } from 'node:crypto'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeflater, createInflater } from '../../src/wire/deflate.ts'

const settings = (windowBits: number, contextTakeover: boolean) => ({ windowBits, contextTakeover })

describe('createDeflater', () => {
  // RFC 7692 sections 7.2.3.1, 7.2.3.2 and 7.2.3.6
  it('writes what the RFC shows', () => {
    const deflate = createDeflater(settings(15, true))
    expect(deflate(Buffer.from('Hello')).toString('hex')).toBe('f248cdc9c90700')
    expect(deflate(Buffer.from('Hello')).toString('hex')).toBe('f200110000')
    expect(deflate(Buffer.alloc(0)).toString('hex')).toBe('00')
  })

  it('forgets between messages without context takeover', () => {
    const deflate = createDeflater(settings(15, false))
    expect(deflate(Buffer.from('Hello'))).toEqual(deflate(Buffer.from('Hello')))
  })
})

describe('createInflater', () => {
  // RFC 7692 sections 7.2.3.3 to 7.2.3.5
  it.each([
    ['a stored block', '000500faff48656c6c6f00'],
    ['a final block', 'f348cdc9c9070000'],
    ['two blocks', 'f24805000000ffffcac9c90700'],
  ])('reads %s', (_, hex) => {
    expect(createInflater(settings(15, true))(Buffer.from(hex, 'hex')).toString()).toBe('Hello')
  })

  it.each([8, 9, 12, 15])('reads what was written under a window of %i bits', (windowBits) => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2_000 })), fc.boolean(), (messages, contextTakeover) => {
        const deflate = createDeflater(settings(windowBits, contextTakeover))
        const inflate = createInflater(settings(windowBits, contextTakeover))
        for (const message of messages) expect(inflate(deflate(Buffer.from(message))).toString()).toBe(message)
      }),
    )
  })

  it('refuses to look back past the window, within a message and across messages', () => {
    const noise = randomBytes(1_000)
    const within = deflateRawSync(Buffer.concat([noise, noise]), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
      0,
      -4,
    )
    expect(() => createInflater(settings(8, false))(within)).toThrow('distance')

    const deflate = createDeflater(settings(15, true))
    const inflate = createInflater(settings(8, true))
    inflate(deflate(noise))
    expect(() => inflate(deflate(noise.subarray(0, 100)))).toThrow('distance')
  })

  it('refuses to look back at all without context takeover', () => {
    const deflate = createDeflater(settings(15, true))
    const inflate = createInflater(settings(15, false))
    inflate(deflate(Buffer.from('Hello')))
    expect(() => inflate(deflate(Buffer.from('Hello')))).toThrow('distance')
  })
})
