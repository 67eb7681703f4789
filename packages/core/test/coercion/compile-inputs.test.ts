import { Type as LegacyType } from '@sinclair/typebox'
import fc from 'fast-check'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { compileInputs } from '../../src/coercion/compile-inputs.ts'
import type { InputName, InputResult, InputTexts } from '../../src/coercion/input.ts'
import { createApi } from '../../src/index.ts'

function textsOf(values: Readonly<Record<string, readonly string[]>>): InputTexts {
  return {
    one: (name) => (Object.hasOwn(values, name) ? values[name]?.at(-1) : undefined),
    all: (name) => (Object.hasOwn(values, name) ? (values[name] ?? []) : []),
    names: () => Object.keys(values),
    record: () => ({ ...values }),
    isSecret: () => false,
  }
}

function read(schema: unknown, values: Readonly<Record<string, readonly string[]>>): InputResult {
  const [input] = compileInputs({ query: schema })
  return input?.read(textsOf(values)) as InputResult
}

describe('a schema that cannot work is refused when the route is declared', () => {
  const At = Type.Decode(Type.String(), Number)

  it.each<[string, Partial<Record<InputName, unknown>>, RegExp]>([
    ['no schema', { query: { page: Type.Integer() } }, /'query' must be a schema/],
    ['a JSON Schema', { query: { type: 'object', properties: {} } }, /'query' must be a schema/],
    ['null', { cookies: null }, /'cookies' must be a schema/],
    ['no object', { query: Type.String() }, /'query' must be an object/],
    ['a record', { query: Type.Record(Type.String(), Type.String()) }, /'query' must be an object/],
    ['an intersection', { headers: Type.Intersect([Type.Object({}), Type.Object({})]) }, /'headers' must be an object/],
    ['rules for the object', { query: Type.Object({}, { minProperties: 1 }) }, /'minProperties'/],
    ['a codec of the object', { query: Type.Decode(Type.Object({}), () => 5) }, /'query' has/],
    ['a refinement of the object', { query: Type.Refine(Type.Object({}), () => false) }, /'query' has '~refine'/],
    ['an object inside', { query: Type.Object({ a: Type.Object({}) }) }, /query\.a has a type/],
    ['a list of lists', { query: Type.Object({ a: Type.Array(Type.Array(Type.String())) }) }, /query\.a has a type/],
    ['a tuple', { query: Type.Object({ a: Type.Tuple([Type.String()]) }) }, /query\.a is a tuple/],
    ['null alone', { query: Type.Object({ a: Type.Null() }) }, /query\.a has a type/],
    ['a codec in a union', { query: Type.Object({ a: Type.Union([At, Type.Integer()]) }) }, /anyOf/],
    [
      'a type of others',
      { query: Type.Object({}, { additionalProperties: Type.String() }) },
      /must name its properties/,
    ],
    ['only known headers', { headers: Type.Object({}, { additionalProperties: false }) }, /'headers' must allow/],
    ['a wrong default', { query: Type.Object({ a: Type.Integer({ default: 'x' }) }) }, /default of query\.a/],
    ['a wrong alias', { query: Type.Object({ a: Type.Integer({ alias: 5 }) }) }, /alias of query\.a/],
    ['a date of @sinclair/typebox', { query: LegacyType.Object({ a: LegacyType.Date() }) }, /query\.a has a type/],
    ['a param that is not in the path', { params: Type.Object({ b: Type.String() }) }, /'b', which is not in the path/],
  ])('%s', (_what, schemas, message) => {
    const declare = () => createApi().websocket('/{a}', schemas as never, () => {})
    expect(declare).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) }),
    )
  })

  it.each(['__proto__', 'constructor', 'toString', 'prototype'])('PA-06 the name %s', (name) => {
    const query = Type.Object(Object.fromEntries([[name, Type.String()]]))
    expect(() => compileInputs({ query })).toThrow(/reserved/)
  })

  it('in the options of an api or of the plugin there is no place for one', () => {
    const options = { query: Type.Object({}) } as object
    expect(() => createApi(options)).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }))
  })
})

describe('what is read', () => {
  it('is the same for @sinclair/typebox', () => {
    const schema = LegacyType.Object({
      n: LegacyType.Integer({ minimum: 2 }),
      list: LegacyType.Array(LegacyType.Boolean()),
      sort: LegacyType.Optional(LegacyType.Union([LegacyType.Literal('up'), LegacyType.Literal('down')])),
    })
    expect(read(schema, { n: ['5'], list: ['on', 'off'] })).toEqual({ ok: true, value: { n: 5, list: [true, false] } })
    expect(read(schema, { n: ['1'], sort: ['x'] })).toMatchObject({
      errors: [{ loc: ['query', 'n'] }, { loc: ['query', 'list'], type: 'missing' }, { loc: ['query', 'sort'] }],
    })
  })

  it('is the first alternative of a union that the text fits', () => {
    const schema = Type.Object({ a: Type.Union([Type.Boolean(), Type.Integer(), Type.String({ maxLength: 3 })]) })
    const resultOf = (text: string) => read(schema, { a: [text] })
    expect(resultOf('1')).toMatchObject({ value: { a: true } })
    expect(resultOf('2')).toMatchObject({ value: { a: 2 } })
    expect(resultOf('abc')).toMatchObject({ value: { a: 'abc' } })
    expect(resultOf('abcd')).toMatchObject({ errors: [{ type: 'union_error', input: 'abcd' }] })
  })

  it('stays what a class made of it', () => {
    class Page {
      readonly number = 5
    }
    expect(
      read(
        z.object({}).transform(() => new Page()),
        {},
      ),
    ).toEqual({ ok: true, value: new Page() })
  })

  it('PA-06 comes from no prototype', () => {
    const schema = Type.Object({ valueOf_: Type.Optional(Type.String({ alias: 'valueOf' })) })
    expect(read(schema, {})).toEqual({ ok: true, value: {} })
  })

  it('PA-01 is every safe integer, and no other text', () => {
    const schema = Type.Object({ n: Type.Integer() })
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        fc.pre(!Object.is(n, -0))
        expect(read(schema, { n: [String(n)] })).toEqual({ ok: true, value: { n } })
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = read(schema, { n: [text] })
        if (result.ok) expect(String(result.value.n)).toBe(text)
        else expect(result.errors).toHaveLength(1)
      }),
    )
  })

  it('is a result for any text whatever, and never a throw', () => {
    const schema = Type.Object({
      s: Type.String({ pattern: '^a' }),
      n: Type.Number({ multipleOf: 0.5 }),
      b: Type.Boolean(),
      u: Type.Union([Type.Integer(), Type.Literal('x'), Type.Null()]),
      list: Type.Array(Type.Enum(['a', 'b', 1]), { uniqueItems: true }),
    })
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 })
    fc.assert(
      fc.property(fc.record({ s: texts, n: texts, b: texts, u: texts, list: texts, __proto__: texts }), (values) => {
        const result = read(schema, values)
        if (result.ok) return
        for (const { loc, msg, input } of result.errors) {
          expect(loc[0]).toBe('query')
          expect(`${msg}${input}`).not.toMatch(/\p{Cc}/u)
          expect(Array.from(input ?? '').length).toBeLessThanOrEqual(64 * 8)
        }
      }),
    )
  })
})
