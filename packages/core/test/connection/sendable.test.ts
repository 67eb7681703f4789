import { describe, expect, it } from 'vitest'
import {
  quietResolvers,
  rejected,
  toControlPayload,
  toJsonText,
  toPayload,
  unsendable,
} from '../../src/connection/sendable.ts'

describe('toPayload', () => {
  it('takes text and bytes of any kind without a copy', () => {
    const bytes = new Uint8Array([1, 2, 3, 4])
    expect(toPayload('text')).toBe('text')
    expect(toPayload('')).toBe('')
    expect(toPayload(bytes)).toBe(bytes)
    const buffer = Buffer.from('bytes')
    expect(toPayload(buffer)).toBe(buffer)
    for (const view of [new Uint16Array(bytes.buffer, 2, 1), new DataView(bytes.buffer, 2, 2)]) {
      const payload = toPayload(view) as Uint8Array
      expect(Array.from(payload)).toEqual([3, 4])
      expect(payload.buffer).toBe(bytes.buffer)
    }
    expect((toPayload(bytes.buffer) as Uint8Array).buffer).toBe(bytes.buffer)
    expect(toPayload(new SharedArrayBuffer(2))).toHaveLength(2)
  })

  it.each([undefined, null, 5, 5n, true, {}, [], [1], () => {}, Symbol('s'), new Date(), { length: 1 }])(
    'MS-21 refuses %s',
    (junk) => {
      expect(toPayload(junk)).toBeNull()
      expect(unsendable(junk)).toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    },
  )
})

describe('toControlPayload', () => {
  it('takes up to 125 bytes, counted in UTF-8', () => {
    expect(toControlPayload('')).toHaveLength(0)
    expect(toControlPayload('é')).toEqual(Buffer.from('é'))
    expect(toControlPayload('x'.repeat(125))).toHaveLength(125)
    expect(toControlPayload('x'.repeat(126))).toBeNull()
    expect(toControlPayload('é'.repeat(63))).toBeNull()
    expect(toControlPayload(new Uint8Array(125))).toHaveLength(125)
    expect(toControlPayload(new Uint8Array(126))).toBeNull()
    expect(toControlPayload(5)).toBeNull()
  })
})

describe('toJsonText', () => {
  it.each([
    [null, 'null'],
    ['é\u2028', '"é\u2028"'],
    [{ a: undefined, b: [undefined, Number.NaN] }, '{"b":[null,null]}'],
    [{ toJSON: () => 'own' }, '"own"'],
  ])('writes %o', (value, text) => {
    expect(toJsonText(value)).toBe(text)
  })

  it('MS-21 refuses what JSON cannot hold', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const throws = {
      toJSON() {
        throw new Error('mine')
      },
    }
    for (const junk of [undefined, () => {}, Symbol('s'), 1n, { a: 1n }, cycle, throws]) {
      expect(() => toJsonText(junk)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }))
    }
  })
})

describe('promises that nobody awaits', () => {
  it('end no process when they reject', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    void rejected(new Error('a'))
    quietResolvers<void>().reject(new Error('b'))
    await new Promise(setImmediate)
    process.removeListener('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('still reject for who awaits them', async () => {
    await expect(rejected(new Error('a'))).rejects.toThrow('a')
  })
})
