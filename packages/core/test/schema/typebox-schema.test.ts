import { Type as LegacyType } from '@sinclair/typebox'
import Type, { type TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/schema/compile-schema.ts'
import type { Schema } from '../../src/schema/schema.ts'

function issuesOf(schema: TSchema, value: unknown): unknown {
  const result = compileSchema(schema as Schema)(value)
  return 'issues' in result ? result.issues : []
}

describe('the words of an issue', () => {
  it.each<[TSchema, unknown, string, string]>([
    [Type.String(), 5, 'string_type', 'Input should be a valid string'],
    [Type.Integer(), 1.5, 'int_type', 'Input should be a valid integer'],
    [Type.Number(), 'x', 'float_type', 'Input should be a valid number'],
    [Type.Boolean(), 'x', 'bool_type', 'Input should be a valid boolean'],
    [Type.Array(Type.Any()), 'x', 'list_type', 'Input should be a valid list'],
    [Type.Object({}), 'x', 'object_type', 'Input should be a valid object'],
    [Type.Null(), 'x', 'none_required', 'Input should be null'],
    [Type.BigInt(), 'x', 'bigint_type', 'Input should be a valid bigint'],
    [Type.Number({ minimum: 1 }), 0, 'greater_than_equal', 'Input should be greater than or equal to 1'],
    [Type.Number({ exclusiveMinimum: 1 }), 1, 'greater_than', 'Input should be greater than 1'],
    [Type.Number({ maximum: 1 }), 2, 'less_than_equal', 'Input should be less than or equal to 1'],
    [Type.Number({ exclusiveMaximum: 1 }), 1, 'less_than', 'Input should be less than 1'],
    [Type.Number({ multipleOf: 5 }), 1, 'multiple_of', 'Input should be a multiple of 5'],
    [Type.String({ minLength: 1 }), '', 'string_too_short', 'String should have at least 1 character'],
    [Type.String({ maxLength: 2 }), 'abc', 'string_too_long', 'String should have at most 2 characters'],
    [Type.String({ pattern: '^a$' }), 'b', 'string_pattern_mismatch', "String should match pattern '^a$'"],
    [Type.String({ format: 'uuid' }), 'b', 'uuid_format', 'Input should be a valid uuid'],
    [Type.Array(Type.Any(), { minItems: 2 }), [], 'too_short', 'List should have at least 2 items'],
    [Type.Array(Type.Any(), { maxItems: 1 }), [1, 2], 'too_long', 'List should have at most 1 item'],
    [Type.Array(Type.Any(), { uniqueItems: true }), [1, 1], 'uniqueItems', 'Input must not have duplicate items'],
    [Type.Literal('a'), 'b', 'enum', "Input should be 'a'"],
    [Type.Enum(['a', 'b', 3]), 'c', 'enum', "Input should be 'a', 'b' or 3"],
    [Type.Union([Type.Literal('a'), Type.Literal('b')]), 'c', 'enum', "Input should be 'a' or 'b'"],
    [Type.Union([Type.Null(), Type.Integer()]), 'c', 'union_error', 'Input should match one of the allowed types'],
  ])('%j', (schema, value, type, message) => {
    expect(issuesOf(schema, value)).toEqual([{ path: [], message, type }])
  })

  it('tell what is missing and what is too much by its name', () => {
    const schema = Type.Object(
      { a: Type.String(), b: Type.Object({ c: Type.String() }) },
      { additionalProperties: false },
    )
    expect(issuesOf(schema, { b: {}, x: 1 })).toEqual([
      { path: ['a'], message: 'Field required', type: 'missing' },
      { path: ['x'], message: 'Extra inputs are not permitted', type: 'extra_forbidden' },
      { path: ['b', 'c'], message: 'Field required', type: 'missing' },
    ])
  })
})

describe('the place of an issue', () => {
  it('is one for each part, the first that was found', () => {
    expect(issuesOf(Type.Object({ a: Type.String({ minLength: 3, pattern: '^x' }) }), { a: 'b' })).toHaveLength(1)
  })

  it('is an index in a list, and a name as it is written', () => {
    const schema = Type.Array(Type.Object({ 'a/b~c': Type.Integer() }))
    expect(issuesOf(schema, [{ 'a/b~c': 1 }, { 'a/b~c': 'x' }])).toMatchObject([{ path: [1, 'a/b~c'] }])
  })

  it('is that of a union, and not of its alternatives', () => {
    const union = Type.Union([Type.Object({ kind: Type.Literal('a') }), Type.Object({ kind: Type.Literal('b') })])
    expect(issuesOf(Type.Object({ list: Type.Array(union) }), { list: [{ kind: 'a' }, { kind: 'c' }] })).toMatchObject([
      { path: ['list', 1], type: 'union_error' },
    ])
  })

  it('is told for a union of more literals than the validator tells errors', () => {
    const letters = [...'abcdefghijkl'].map((letter) => Type.Literal(letter))
    expect(issuesOf(Type.Object({ letter: Type.Union(letters) }), { letter: 'z' })).toMatchObject([
      { path: ['letter'], type: 'enum', message: expect.stringMatching(/'a', 'b', .* or 'l'$/) },
    ])
  })
})

describe('codecs', () => {
  const At = Type.Decode(Type.String({ format: 'date-time' }), (text) => new Date(text))
  const date = new Date('2026-01-02T03:04:05Z')

  it('are applied in objects, lists and tuples, once the value fits', () => {
    const schema = Type.Object({
      at: At,
      list: Type.Array(At),
      pair: Type.Tuple([Type.String(), At]),
      none: Type.Optional(At),
    })
    const text = date.toISOString()
    expect(compileSchema(schema)({ at: text, list: [text], pair: ['x', text] })).toEqual({
      ok: true,
      value: { at: date, list: [date], pair: ['x', date] },
    })
    expect(compileSchema(schema)({ at: 'x', list: [], pair: ['x', text] })).toMatchObject({
      ok: false,
      issues: [{ path: ['at'], type: 'date-time_format' }],
    })
  })

  it('of the inside come before those of the outside', () => {
    const schema = Type.Decode(Type.Object({ at: At }), ({ at }) => at.getTime())
    expect(compileSchema(schema)({ at: date.toISOString() })).toEqual({ ok: true, value: date.getTime() })
  })

  it('where it is not known whether they apply are refused', () => {
    for (const schema of [Type.Union([At, Type.Null()]), Type.Record(Type.String(), At)]) {
      expect(() => compileSchema(schema)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
    }
  })
})

describe('what only @sinclair/typebox has', () => {
  it.each([
    LegacyType.Date(),
    LegacyType.Object({ at: LegacyType.Date() }),
    LegacyType.Array(LegacyType.Uint8Array()),
    LegacyType.Transform(LegacyType.String()).Decode(Number).Encode(String),
  ])('is refused: %j', (schema) => {
    expect(() => compileSchema(schema)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it('is not sought in values', () => {
    const schema = LegacyType.Object({ at: LegacyType.Any({ default: LegacyType.Date() }) })
    expect(() => compileSchema(schema)).not.toThrow()
  })
})
