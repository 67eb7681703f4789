import { describe, expect, it } from 'vitest'
import { encodeRequest, PLAIN, SOCKET_IO } from '../../src/load/dialects.ts'

describe('SOCKET_IO', () => {
  it('reads a text event and a binary one back', () => {
    const packet = { opcode: 1, payload: Buffer.from('42["echo","hello"]') }
    expect(SOCKET_IO.decodeMessage([packet])).toBe('hello')

    const placeholder = { opcode: 1, payload: Buffer.from('451-["echo",{"_placeholder":true,"num":0}]') }
    const attachment = { opcode: 2, payload: Buffer.from('bytes') }
    expect(SOCKET_IO.decodeMessage([placeholder, attachment])).toEqual(Buffer.from('bytes'))
  })

  it('needs two frames for bytes', () => {
    expect(SOCKET_IO.framesPerMessage('text')).toBe(1)
    expect(SOCKET_IO.framesPerMessage(Buffer.from('bytes'))).toBe(2)
  })
})

describe('PLAIN', () => {
  it('keeps text and bytes apart', () => {
    expect(PLAIN.decodeMessage([{ opcode: 1, payload: Buffer.from('a') }])).toBe('a')
    expect(PLAIN.decodeMessage([{ opcode: 2, payload: Buffer.from('a') }])).toEqual(Buffer.from('a'))
  })
})

describe('encodeRequest', () => {
  it('adds the headers of a route that checks', () => {
    const request = encodeRequest('/checked', { authorization: 'Bearer x' }).toString()
    expect(request).toMatch(/^GET \/checked HTTP\/1\.1\r\n/)
    expect(request).toMatch(/\r\nauthorization: Bearer x\r\n\r\n$/)
  })
})
