import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { Opcode } from '../src/index.ts'
import { MessageAssembly } from '../src/message-assembly.ts'

describe('MessageAssembly', () => {
  it('puts pieces together', () => {
    const assembly = new MessageAssembly(Opcode.BINARY, false)
    assembly.append(Buffer.from('-one-'), 1, 4, 1000)
    assembly.append(Buffer.from('two'), 0, 3, 1000)
    expect(assembly.length).toBe(6)
    expect(assembly.toBytes().toString()).toBe('onetwo')
    expect(assembly.toText()).toBe('onetwo')
  })

  it('MS-07 takes no memory beyond its ceiling, nor far beyond what has arrived', () => {
    const assembly = new MessageAssembly(Opcode.BINARY, false)
    const piece = Buffer.alloc(50_000)
    assembly.append(piece, 0, piece.length, 5_000_000)
    expect(assembly.toBytes().buffer.byteLength).toBeLessThanOrEqual(200_000)
    for (let count = 1; count < 100; count++) assembly.append(piece, 0, piece.length, 5_000_000)
    expect(assembly.toBytes().buffer.byteLength).toBe(5_000_000)
  })

  it('gives bytes that do not keep a much larger buffer alive', () => {
    const assembly = new MessageAssembly(Opcode.BINARY, false)
    const piece = Buffer.alloc(50_000)
    assembly.append(piece, 0, piece.length, 5_000_000)
    expect(assembly.toBytes().buffer.byteLength).toBeLessThanOrEqual(100_000)
  })
})
