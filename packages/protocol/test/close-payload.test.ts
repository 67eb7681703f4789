import { Buffer, isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkClosePayload, encodeClosePayload, failures, isSendableCloseCode, truncateReason } from '../src/index.ts'

describe('encodeClosePayload', () => {
  it('puts the code before the reason', () => {
    expect(encodeClosePayload(1001, 'bye')).toEqual(Buffer.from('\x03\xe9bye', 'latin1'))
  })

  it('PR-12 is empty for 1005, which never goes out', () => {
    expect(encodeClosePayload()).toHaveLength(0)
    expect(encodeClosePayload(1005, 'lost')).toHaveLength(0)
  })

  it('PR-10 throws for each code that may not be sent', () => {
    for (let code = 0; code <= 0xffff; code++) {
      if (code === 1005 || isSendableCloseCode(code)) continue
      expect(() => encodeClosePayload(code)).toThrow(RangeError)
    }
  })

  it('never exceeds a control frame', () => {
    expect(encodeClosePayload(1000, 'x'.repeat(500))).toHaveLength(125)
  })
})

describe('checkClosePayload', () => {
  it('reads back what was encoded', () => {
    expect(checkClosePayload(encodeClosePayload(4000, 'grüß dich'))).toEqual({
      ok: true,
      code: 4000,
      reason: 'grüß dich',
    })
  })

  it('PR-12 reports an empty payload as 1005', () => {
    expect(checkClosePayload(Buffer.alloc(0))).toEqual({ ok: true, code: 1005, reason: '' })
  })

  it('PR-12 fails a payload of one byte', () => {
    expect(checkClosePayload(Buffer.alloc(1))).toEqual({ ok: false, failure: failures.ERR_CLOSE_PAYLOAD_TOO_SHORT })
  })

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535])('PR-12 fails code %i', (code) => {
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    expect(checkClosePayload(payload)).toEqual({ ok: false, failure: failures.ERR_INVALID_CLOSE_CODE })
  })

  it('PR-12 fails a reason that is not UTF-8', () => {
    const payload = Buffer.from([0x03, 0xe8, 0xce, 0xba, 0xed, 0xa0, 0x80])
    expect(checkClosePayload(payload)).toEqual({ ok: false, failure: failures.ERR_INVALID_UTF8 })
  })
})

describe('truncateReason', () => {
  it('leaves a reason that fits', () => {
    expect(truncateReason('x'.repeat(123))).toBe('x'.repeat(123))
  })

  it.each([
    ['é', 61],
    ['€', 41],
    ['😀', 30],
  ])('PR-11 cuts %s on a code point', (character, count) => {
    expect(truncateReason(character.repeat(130))).toBe(character.repeat(count))
  })

  it('PR-11 removes CR and LF', () => {
    expect(truncateReason('one\r\ntwo\nthree')).toBe('onetwothree')
  })

  it('PR-11 always gives at most 123 bytes, a prefix of what it was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 100, maxLength: 140 }), (reason) => {
        const truncated = truncateReason(reason)
        const bytes = Buffer.from(truncated)
        expect(bytes.length).toBeLessThanOrEqual(123)
        expect(isUtf8(bytes)).toBe(true)
        expect(reason.replace(/[\r\n]/g, '').startsWith(truncated)).toBe(true)
      }),
    )
  })
})
