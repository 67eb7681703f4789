import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Extension, formatExtensions, parseExtensions } from '../../src/index.ts'

describe('parseExtensions', () => {
  it('reads names, parameters and values, quoted or not', () => {
    expect(parseExtensions('foo, bar; a; b=1 ;c = "x\\y"\t,foo;a;a')).toEqual([
      { name: 'foo', parameters: [] },
      {
        name: 'bar',
        parameters: [
          { name: 'a', value: undefined },
          { name: 'b', value: '1' },
          { name: 'c', value: 'xy' },
        ],
      },
      {
        name: 'foo',
        parameters: [
          { name: 'a', value: undefined },
          { name: 'a', value: undefined },
        ],
      },
    ])
  })

  it.each([
    '',
    ' ',
    ',',
    'foo,',
    ',foo',
    'foo,,bar',
    'foo;',
    'foo;;a',
    'foo; =1',
    'foo; a=',
    'foo; a=""',
    'foo; a="x y"',
    'foo; a="x',
    'foo; a="x"y',
    'foo; a=1=2',
    'foo=1',
    'foo bar',
    'fo\u00f6',
    'foo; a=b/c',
    '"foo"',
    'foo; a="x\\',
  ])('HS-18 finds %j malformed', (header) => {
    expect(parseExtensions(header)).toBeUndefined()
  })

  it('HS-18 takes 16 offers and no more', () => {
    const offers = (count: number) => Array.from({ length: count }, () => 'permessage-deflate').join()
    expect(parseExtensions(offers(16))).toHaveLength(16)
    expect(parseExtensions(offers(17))).toBeUndefined()
    expect(parseExtensions(offers(200))).toBeUndefined()
  })

  it('HS-10 takes any name without harm', () => {
    expect(parseExtensions('__proto__; constructor=1')).toEqual([
      { name: '__proto__', parameters: [{ name: 'constructor', value: '1' }] },
    ])
  })

  it('HS-09 needs linear time for long and hopeless headers', () => {
    for (const part of [' ', 'a', 'a;', '"', '\\"', 'a="\\', 'a=']) {
      expect(parseExtensions(`x${part.repeat(20_000)}@`)).toBeUndefined()
    }
  })

  it('HS-20 never throws', () => {
    const characters = fc.constantFrom(...' \t,;="\\ab!/\u00ff\0'.split(''))
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 60 }), (header) => void parseExtensions(header)),
      {
        numRuns: 2000,
      },
    )
  })

  it('reads back what formatExtensions writes', () => {
    const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019!#-_.~'.split('')), minLength: 1, maxLength: 8 })
    const parameter = fc.record({ name: token, value: fc.option(token, { nil: undefined }) })
    const extension: fc.Arbitrary<Extension> = fc.record({
      name: token,
      parameters: fc.array(parameter, { maxLength: 5 }),
    })
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 16 }), (extensions) => {
        expect(parseExtensions(formatExtensions(extensions))).toEqual(extensions)
      }),
    )
  })
})
