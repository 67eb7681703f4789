import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertHarmless, isTextDeeperThan } from '../../src/connection/depth.ts'

function nested(levels: number): unknown {
  return Array.from({ length: levels }).reduce<unknown>((inside, _, index) => (index % 2 ? { a: inside } : [inside]), 1)
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('the depth of JSON text', () => {
  it('MS-10 is counted exactly, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(6), fc.nat(20), (value, most, indent) => {
        const text = JSON.stringify({ brackets: '[[[{{{\\"[[[\\\\', value }, null, indent % 3)
        expect(isTextDeeperThan(text, most)).toBe(depthOf(JSON.parse(text)) > most)
      }),
    )
  })

  it.each([1, 2, 64])('MS-10 may be %i, and no more', (most) => {
    expect(isTextDeeperThan(JSON.stringify(nested(most)), most)).toBe(false)
    expect(isTextDeeperThan(JSON.stringify(nested(most + 1)), most)).toBe(true)
    expect(isTextDeeperThan('['.repeat(60_000), most)).toBe(true)
  })

  it('is that of brackets inside one another, not beside', () => {
    const wide = JSON.stringify(Array.from({ length: 1_000 }, () => ({ a: [] })))
    expect(isTextDeeperThan(wide, 3)).toBe(false)
    expect(isTextDeeperThan(wide, 2)).toBe(true)
  })

  it('ends with a string that does not', () => {
    expect(isTextDeeperThan(`["${'['.repeat(500)}`, 64)).toBe(false)
    expect(isTextDeeperThan(`["${'\\"['.repeat(500)}`, 64)).toBe(false)
  })
})

describe('a decoded value', () => {
  it('MS-10 may be as deep as allowed, and no more', () => {
    expect(() => assertHarmless(nested(64), 64)).not.toThrow()
    expect(() => assertHarmless(nested(65), 64)).toThrow('nested too deeply')
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => assertHarmless(cycle, 64)).toThrow('nested too deeply')
  })

  it('MS-09 has no key that pollutes prototypes', () => {
    const polluting = JSON.parse('{"a":[{"__proto__":{"isAdmin":true}}]}')
    expect(() => assertHarmless(polluting, 64)).toThrow('forbidden key: __proto__')
    expect(() => assertHarmless({ constructor: { prototype: {} } }, 64)).toThrow('forbidden key: constructor')
    expect(() => assertHarmless({ constructor: 'Brunel', prototype: 1 }, 64)).not.toThrow()
    expect(() => assertHarmless(Object.assign(Object.create(null), { a: polluting }), 64)).toThrow('forbidden key')
  })

  it('may hold instances, which are left alone', () => {
    expect(() => assertHarmless({ at: new Date(), data: new Uint8Array(5), all: new Map() }, 1)).not.toThrow()
    for (const plain of [null, undefined, 5, 5n, 'x', true]) expect(() => assertHarmless(plain, 1)).not.toThrow()
  })
})
