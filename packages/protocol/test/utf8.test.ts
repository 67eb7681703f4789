import { Buffer, isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUtf8Prefix } from '../src/utf8.ts'

/** What the answer must be, found by trying: some bytes make the text whole, or none do. */
function slowCheck(bytes: Buffer): number {
  for (let cut = 0; cut <= Math.min(3, bytes.length); cut++) {
    const whole = bytes.length - cut
    if (isUtf8(bytes.subarray(0, whole)) && (cut === 0 || canComplete(bytes.subarray(whole)))) return whole
  }
  return -1
}

function canComplete(cut: Buffer): boolean {
  const endings = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf].map((byte) => Buffer.from([byte, 0x80, 0x80]))
  return endings.some((ending) => [1, 2, 3].some((length) => isUtf8(Buffer.concat([cut, ending.subarray(0, length)]))))
}

describe('checkUtf8Prefix', () => {
  it('PR-02 agrees with trying every ending, for each cut of one to three bytes', () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const two = Buffer.from([first, second])
        expect([first, second, checkUtf8Prefix(two, 0, 2)]).toEqual([first, second, slowCheck(two)])
        const three = Buffer.from([first, second, 0x80])
        if (checkUtf8Prefix(three, 0, 3) !== slowCheck(three)) expect.fail(three.toString('hex'))
      }
      const one = Buffer.from([first])
      expect(checkUtf8Prefix(one, 0, 1)).toBe(slowCheck(one))
    }
  })

  it('finds the last whole character of any cut text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
        const bytes = Buffer.from(text)
        const end = at % (bytes.length + 1)
        const whole = checkUtf8Prefix(bytes, 0, end)
        expect(end - whole).toBeLessThan(4)
        expect(isUtf8(bytes.subarray(0, whole))).toBe(true)
      }),
    )
  })

  it('looks at no byte outside its range', () => {
    const bytes = Buffer.from([0xff, 0x61, 0xff])
    expect(checkUtf8Prefix(bytes, 1, 2)).toBe(2)
    expect(checkUtf8Prefix(bytes, 1, 1)).toBe(1)
    expect(checkUtf8Prefix(bytes, 1, 3)).toBe(-1)
  })
})
