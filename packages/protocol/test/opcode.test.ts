import { describe, expect, it } from 'vitest'
import { isControlOpcode, isKnownOpcode, Opcode } from '../src/index.ts'

describe('opcodes', () => {
  const all = Array.from({ length: 16 }, (_, opcode) => opcode)

  it('knows the six of RFC 6455', () => {
    expect(all.filter(isKnownOpcode)).toEqual(Object.values(Opcode))
  })

  it('takes 8 to 15 as control frames, reserved ones too', () => {
    expect(all.filter(isControlOpcode)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  })
})
