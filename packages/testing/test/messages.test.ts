import { describe, expect, it } from 'vitest'
import { bytesOf, jsonOf, jsonTextOf, textOf, toBytes } from '../src/messages.ts'

const text = { type: 'text', data: '{"a":1}' } as const
const binary = { type: 'binary', data: Buffer.from('{"a":1}') } as const

describe('what a message is read as', () => {
  it('is the kind that it has', () => {
    expect(textOf(text)).toBe('{"a":1}')
    expect(bytesOf(binary)).toEqual(Buffer.from('{"a":1}'))
    expect(jsonOf(text, 'text')).toEqual({ a: 1 })
    expect(jsonOf(binary, 'binary')).toEqual({ a: 1 })
  })

  it('is never another kind: both are named', () => {
    expect(() => textOf(binary)).toThrow('expected a text message, got binary of 7 bytes')
    expect(() => jsonOf(binary, 'text')).toThrow('expected a text message, got binary of 7 bytes')
    expect(() => bytesOf(text)).toThrow('expected a binary message, got text "{\\"a\\":1}"')
    expect(() => bytesOf({ type: 'text', data: 'x'.repeat(100) })).toThrow(`got text "${'x'.repeat(80)}…"`)
  })

  it('is JSON or an error that shows it', () => {
    expect(() => jsonOf({ type: 'text', data: 'pong' }, 'text')).toThrow('the message is not JSON: "pong"')
  })
})

describe('what can be sent', () => {
  it('is JSON for every value that JSON holds', () => {
    expect(jsonTextOf({ ü: null })).toBe('{"ü":null}')
    expect(() => jsonTextOf(undefined)).toThrow('undefined cannot be written as JSON')
    expect(() => jsonTextOf(1n)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }))
  })

  it('is bytes of any view', () => {
    const bytes = new Uint8Array([0, 1, 2, 3])

    expect(toBytes(bytes.subarray(1))).toEqual(new Uint8Array([1, 2, 3]))
    expect(toBytes(new DataView(bytes.buffer, 2))).toEqual(new Uint8Array([2, 3]))
    expect(toBytes(bytes.buffer)).toEqual(bytes)
    expect(() => toBytes('text' as never)).toThrow('bytes are an ArrayBuffer or a view of one, got string')
  })
})
