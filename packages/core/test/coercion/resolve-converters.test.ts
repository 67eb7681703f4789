import { describe, expect, it } from 'vitest'
import { BUILT_IN_CONVERTERS } from '../../src/coercion/converters.ts'
import { type ConverterOptions, resolveConverters } from '../../src/coercion/resolve-converters.ts'

const hex: ConverterOptions<number> = {
  parse: (text) => (/^[0-9a-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined),
}

describe('resolveConverters', () => {
  it('gives the built-in converters when there are no others', () => {
    expect([...resolveConverters().keys()]).toEqual(Object.keys(BUILT_IN_CONVERTERS))
  })

  it('adds a converter of which only parse is given', () => {
    const converter = resolveConverters({ hex }).get('hex')
    expect(converter).toMatchObject({ name: 'hex', type: 'hex_parsing', message: 'Input should be a valid hex' })
    expect(converter?.parse('ff')).toBe(255)
    expect(converter?.parse('xyz')).toBeUndefined()
  })

  it('takes the type and the message of the field error', () => {
    const converter = resolveConverters({ hex: { ...hex, type: 'hex', message: 'Not hexadecimal' } }).get('hex')
    expect(converter).toMatchObject({ type: 'hex', message: 'Not hexadecimal' })
  })

  it('takes a throw as no and lets it go no further', () => {
    const throwing: ConverterOptions = {
      parse() {
        throw new Error('the database is not yours to see')
      },
    }
    expect(resolveConverters({ throwing }).get('throwing')?.parse('x')).toBeUndefined()
  })

  it('keeps a value that is falsy', () => {
    const table = resolveConverters({ zero: { parse: () => 0 }, nothing: { parse: () => null } })
    expect(table.get('zero')?.parse('x')).toBe(0)
    expect(table.get('nothing')?.parse('x')).toBeNull()
  })

  it('leaves the options of the caller as they are', () => {
    const options = Object.freeze({ hex: Object.freeze({ ...hex }) })
    expect(() => resolveConverters(options)).not.toThrow()
  })

  it.each([...Object.keys(BUILT_IN_CONVERTERS), 'enum'])('refuses the name %j of a built-in converter', (name) => {
    expect(() => resolveConverters({ [name]: hex })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(`'${name}'`) }),
    )
  })

  it.each(['', 'a-b', '1st', 'a b', '_x', 'ключ', '__proto__'])('PA-06 refuses the name %j', (name) => {
    const options = JSON.parse(`{ ${JSON.stringify(name)}: {} }`)
    expect(() => resolveConverters(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it.each<[unknown, string]>([
    [undefined, 'converters.hex must be an object'],
    [null, 'converters.hex must be an object'],
    [() => 1, 'converters.hex must be an object'],
    [{}, 'converters.hex.parse must be a function'],
    [{ parse: /^[0-9a-f]+$/ }, 'converters.hex.parse must be a function'],
    [{ parse: async () => 1 }, 'converters.hex.parse must not be async'],
    [{ parse: () => 1, type: 7 }, 'converters.hex.type must be a string'],
    [{ parse: () => 1, message: null }, 'converters.hex.message must be a string'],
    [{ parse: () => 1, prase: () => 1 }, "unknown option 'converters.hex.prase'"],
  ])('refuses %o as a converter', (options, message) => {
    expect(() => resolveConverters({ hex: options as ConverterOptions })).toThrow(message)
  })

  it('tells an unknown option from a wrong one', () => {
    const options = { parse: () => 1, msg: 'no' } as ConverterOptions
    expect(() => resolveConverters({ hex: options })).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }))
  })
})
