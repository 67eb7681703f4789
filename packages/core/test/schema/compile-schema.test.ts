import { Type as LegacyType } from '@sinclair/typebox'
import { type } from 'arktype'
import Type from 'typebox'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { SluiceError } from '../../src/errors.ts'
import { compileSchema } from '../../src/schema/compile-schema.ts'
import type { InputOf, OutputOf, Schema } from '../../src/schema/schema.ts'
import { MAX_ISSUES } from '../../src/schema/validation.ts'

const BY_LIBRARY = {
  typebox: Type.Object({ name: Type.String(), age: Type.Integer() }),
  '@sinclair/typebox': LegacyType.Object({ name: LegacyType.String(), age: LegacyType.Integer() }),
  zod: z.object({ name: z.string(), age: z.int() }),
  valibot: v.object({ name: v.string(), age: v.pipe(v.number(), v.integer()) }),
  arktype: type({ name: 'string', age: 'number.integer' }),
}

describe.each(Object.entries<Schema>(BY_LIBRARY))('a schema of %s', (_library, schema) => {
  const validate = compileSchema(schema)

  it('gives a value that fits, at once', () => {
    expect(validate({ name: 'Ada', age: 36 })).toEqual({ ok: true, value: { name: 'Ada', age: 36 } })
  })

  it('names each part that does not fit', () => {
    const result = validate({ name: 5, age: 'x' })
    const paths = 'issues' in result ? result.issues.map(({ path }) => path) : []
    expect(paths.sort()).toEqual([['age'], ['name']])
    expect(validate(null)).toMatchObject({ ok: false, issues: [{ path: [] }] })
  })

  it('takes objects without a prototype', () => {
    expect(validate(Object.assign(Object.create(null), { name: 'Ada', age: 36 }))).toMatchObject({ ok: true })
  })
})

describe('a Standard Schema', () => {
  it('may answer later', async () => {
    const schema = z.object({ name: z.string().refine(async (name) => name !== 'taken', 'is taken') })
    const validate = compileSchema(schema)
    expect(await validate({ name: 'free' })).toEqual({ ok: true, value: { name: 'free' } })
    expect(await validate({ name: 'taken' })).toEqual({
      ok: false,
      issues: [{ path: ['name'], message: 'is taken', type: 'invalid' }],
    })
  })

  it('tells no more than a bounded number of issues', () => {
    const result = compileSchema(z.array(z.number()))(Array.from({ length: 1_000 }, () => 'x'))
    expect(result).toMatchObject({ ok: false, issues: { length: MAX_ISSUES } })
  })

  it('tells the keys of paths that are segments', () => {
    expect(compileSchema(v.object({ list: v.array(v.number()) }))({ list: [1, 'x'] })).toMatchObject({
      issues: [{ path: ['list', 1] }],
    })
  })
})

describe('what is no schema', () => {
  it.each([
    ['a plain JSON Schema', { type: 'object' }],
    ['a function', () => true],
    ['nothing', null],
    ['a text', 'string'],
    ['half a Standard Schema', { '~standard': { version: 1 } }],
  ])('%s is refused', (_what, given) => {
    expect(() => compileSchema(given as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' } satisfies Partial<SluiceError>),
    )
  })
})

describe('the types', () => {
  it('of what a schema gives', () => {
    interface Person {
      name: string
      age: number
    }
    expectTypeOf<OutputOf<(typeof BY_LIBRARY)['typebox']>>().toEqualTypeOf<Person>()
    expectTypeOf<OutputOf<(typeof BY_LIBRARY)['@sinclair/typebox']>>().toEqualTypeOf<Person>()
    expectTypeOf<OutputOf<(typeof BY_LIBRARY)['zod']>>().toEqualTypeOf<Person>()
    expectTypeOf<OutputOf<(typeof BY_LIBRARY)['valibot']>>().toEqualTypeOf<Person>()
    expectTypeOf<OutputOf<(typeof BY_LIBRARY)['arktype']>>().toEqualTypeOf<Person>()
  })

  it('of what a schema takes where it gives something else', () => {
    const transform = z.string().transform(Number)
    expectTypeOf<InputOf<typeof transform>>().toBeString()
    expectTypeOf<OutputOf<typeof transform>>().toBeNumber()
    const codec = Type.Decode(Type.String(), (text) => text.length)
    expectTypeOf<InputOf<typeof codec>>().toBeString()
    expectTypeOf<OutputOf<typeof codec>>().toBeNumber()
    const unsafe = Type.Unsafe<bigint>({})
    expectTypeOf<OutputOf<typeof unsafe>>().toEqualTypeOf<bigint>()
  })

  it('of a validator', () => {
    const result = compileSchema(BY_LIBRARY.typebox)({})
    if (!(result instanceof Promise) && result.ok) expectTypeOf(result.value.name).toBeString()
  })
})
