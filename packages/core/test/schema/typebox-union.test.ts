import { Type as LegacyType } from '@sinclair/typebox'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../../src/schema/compile-schema.ts'
import { readDiscriminatedUnion } from '../../src/schema/typebox-union.ts'

const say = Type.Object({ type: Type.Literal('say'), text: Type.String() })
const move = Type.Object({ type: Type.Literal('move'), x: Type.Integer(), y: Type.Integer() })

describe('a union of objects with different literals', () => {
  const validate = compileSchema(Type.Union([say, move]))

  it('gives what fits one of them', () => {
    expect(validate({ type: 'move', x: 1, y: 2 })).toEqual({ ok: true, value: { type: 'move', x: 1, y: 2 } })
  })

  it('says what is wrong with the one that was meant', () => {
    expect(validate({ type: 'move', x: 1, y: 'b' })).toEqual({
      ok: false,
      issues: [{ path: ['y'], message: 'Input should be a valid integer', type: 'int_type' }],
    })
  })

  it.each([
    [{ type: 'fly' }, ['type'], 'enum', "Input should be 'say' or 'move'"],
    [{ x: 1 }, ['type'], 'missing', 'Field required'],
    [[], [], 'object_type', 'Input should be a valid object'],
    [null, [], 'object_type', 'Input should be a valid object'],
    ['say', [], 'object_type', 'Input should be a valid object'],
  ])('refuses %o', (value, path, type, message) => {
    expect(validate(value)).toEqual({ ok: false, issues: [{ path, type, message }] })
  })

  it('is read from what @sinclair/typebox makes, too', () => {
    const legacy = LegacyType.Union([
      LegacyType.Object({ v: LegacyType.Literal(1), a: LegacyType.String() }),
      LegacyType.Object({ v: LegacyType.Literal(2), b: LegacyType.String() }),
    ])
    expect(compileSchema(legacy)({ v: 2, b: 5 })).toMatchObject({ ok: false, issues: [{ path: ['b'] }] })
  })
})

describe('no such union', () => {
  it.each([
    ['of one literal twice', Type.Union([say, Type.Object({ type: Type.Literal('say') })])],
    ['with a member that has none', Type.Union([say, Type.Object({ text: Type.String() })])],
    ['with one that is optional', Type.Union([say, Type.Object({ type: Type.Optional(Type.Literal('move')) })])],
    ['of other things', Type.Union([Type.String(), Type.Number()])],
    ['at all', say],
  ])('is one %s', (_what, schema) => {
    expect(readDiscriminatedUnion(schema as never)).toBeNull()
  })
})
