import fc from 'fast-check'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { type Coerced, coerceParams } from '../../src/coercion/coerce-params.ts'
import { type ConverterOptions, resolveConverters } from '../../src/coercion/resolve-converters.ts'
import { parsePathTemplate } from '../../src/routing/path-template.ts'

const hex: ConverterOptions<number> = {
  parse(text) {
    if (!/^[0-9a-f]{1,8}$/.test(text)) throw new Error(`not hexadecimal: ${text}`)
    return Number.parseInt(text, 16)
  },
}
const converters = resolveConverters({ hex })

function coerce(template: string, raw: Record<string, string | undefined>): Coerced {
  return coerceParams(parsePathTemplate(template, converters), raw)
}

describe('coerceParams', () => {
  it('gives every parameter its value and keeps its text', () => {
    const raw = {
      user_id: '42',
      price: '19.99',
      on: 'Yes',
      at: '2026-11-21T12:00:00Z',
      mode: 'b',
      color: 'ff',
      '*': 'a/b',
    }
    const coerced = coerce(
      '/{user_id:int}/{price:float}/{on:bool}/{at:datetime}/{mode:enum(a,b)}/{color:hex}/{rest:path}',
      raw,
    )
    expect(coerced).toEqual({
      ok: true,
      params: {
        user_id: 42,
        price: 19.99,
        on: true,
        at: new Date('2026-11-21T12:00:00Z'),
        mode: 'b',
        color: 255,
        rest: 'a/b',
      },
      rawParams: { user_id: '42', price: '19.99', on: 'Yes', at: raw.at, mode: 'b', color: 'ff', rest: 'a/b' },
    })
  })

  it('names every field that fails, in the order of the path', () => {
    expect(
      coerce('/{user_id:int}/{name}/{mode:enum(a,b)}/{color:hex}', {
        user_id: 'abc',
        name: 'x',
        mode: 'c',
        color: 'zz',
      }),
    ).toEqual({
      ok: false,
      errors: [
        {
          loc: ['path', 'user_id'],
          msg: 'Input should be a valid integer, unable to parse string as an integer',
          type: 'int_parsing',
          input: 'abc',
        },
        { loc: ['path', 'mode'], msg: "Input should be 'a' or 'b'", type: 'enum', input: 'c' },
        { loc: ['path', 'color'], msg: 'Input should be a valid hex', type: 'hex_parsing', input: 'zz' },
      ],
    })
  })

  it.each([
    ['absent', undefined],
    ['empty', ''],
  ])('refuses a segment that is %s, of any type', (_, text) => {
    for (const template of ['/{p}', '/:p', '/{p:int}', '/{p:hex}']) {
      expect(coerce(template, { p: text })).toEqual({
        ok: false,
        errors: [{ loc: ['path', 'p'], msg: 'Field required', type: 'missing', input: null }],
      })
    }
  })

  it('lets the rest of a path be empty', () => {
    expect(coerce('/files/{rest:path}', { '*': '' })).toMatchObject({ ok: true, params: { rest: '' } })
  })

  it('gives a bare wildcard under *', () => {
    expect(coerce('/files/*', { '*': 'a/b' })).toMatchObject({ ok: true, params: { '*': 'a/b' } })
  })

  it('passes on only what the template declares', () => {
    expect(coerce('/{id:int}', { id: '1', other: 'x' })).toEqual({
      ok: true,
      params: { id: 1 },
      rawParams: { id: '1' },
    })
  })

  it.each(['\u0000', 'a\u0000b', 'a\nb', '\u001b[2J', '\u007f', '\u0085'])('PA-03 refuses %j as a string', (text) => {
    expect(coerce('/{p}', { p: text })).toMatchObject({ ok: false, errors: [{ type: 'str_parsing' }] })
    expect(coerce('/{p:path}', { '*': text })).toMatchObject({ ok: false, errors: [{ type: 'path_parsing' }] })
  })

  it('PA-04 refuses more than 8192 bytes before a converter sees them', () => {
    const seen: number[] = []
    const table = resolveConverters({ seen: { parse: (text) => seen.push(text.length) } })
    const template = parsePathTemplate('/{p:seen}', table)
    expect(coerceParams(template, { p: 'a'.repeat(8192) }).ok).toBe(true)
    for (const text of ['a'.repeat(8193), 'ü'.repeat(4097)]) {
      expect(coerceParams(template, { p: text })).toMatchObject({ ok: false, errors: [{ type: 'string_too_long' }] })
    }
    expect(seen).toEqual([8192])
  })

  it('PA-06 keeps the values on frozen objects without a prototype', () => {
    const coerced = coerce('/{id:int}', { id: '1' })
    if (!coerced.ok) throw new Error('not coerced')
    for (const object of [coerced.params, coerced.rawParams]) {
      expect(Object.getPrototypeOf(object)).toBeNull()
      expect(object).toSatisfy(Object.isFrozen)
    }
  })
})

describe('the input of a field error', () => {
  const inputOf = (text: string): string | null | undefined => {
    const coerced = coerce('/{p:int}', { p: text })
    return coerced.ok ? undefined : coerced.errors[0]?.input
  }

  it('PA-09 is cut to 64 characters, so that no token is echoed whole', () => {
    const token = `eyJhbGciOiJIUzI1NiJ9.${'p'.repeat(80)}.${'s'.repeat(43)}`
    expect(inputOf(token)).toBe(`${token.slice(0, 64)}…`)
    expect(inputOf('a'.repeat(64))).toBe('a'.repeat(64))
    expect(inputOf('a'.repeat(65))).toBe(`${'a'.repeat(64)}…`)
  })

  it('PA-09 is cut between characters, never through one', () => {
    expect(inputOf('🙂'.repeat(64))).toBe('🙂'.repeat(64))
    expect(inputOf(`a${'🙂'.repeat(64)}`)).toBe(`a${'🙂'.repeat(63)}…`)
  })

  it.each([
    ['\u0000', '\\u{0}'],
    ['a\r\nSet-Cookie: x', 'a\\u{d}\\u{a}Set-Cookie: x'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['\u007f\u0085', '\\u{7f}\\u{85}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['\u202etxt', '\\u{202e}txt'],
    ['\ud800', '\\u{d800}'],
    ['<b>ä"\'', '<b>ä"\''],
  ])('PA-09 shows %j as %j', (text, shown) => {
    expect(inputOf(text)).toBe(shown)
  })

  it('PA-09 is short and clean for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const input = inputOf(`x${text}`)
        expect(input).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(Array.from(input ?? '').length).toBeLessThanOrEqual(64 * '\\u{10ffff}'.length + 1)
      }),
    )
  })
})

describe("behind Fastify's router", () => {
  async function answerTo(
    template: string,
    path: string,
    maxParamLength = 100,
  ): Promise<{ status: number; body: unknown }> {
    const parsed = parsePathTemplate(template, converters)
    const app = Fastify({ routerOptions: { maxParamLength } })
    app.get<{ Params: Record<string, string> }>(parsed.url, async (request, reply) => {
      const coerced = coerceParams(parsed, request.params)
      return coerced.ok ? coerced.params : reply.code(422).send({ detail: coerced.errors })
    })
    const response = await app.inject(path)
    await app.close()
    return { status: response.statusCode, body: response.json() }
  }

  it.each(['%zz', '%', 'a%', '%C0%AF', '%ED%A0%80', '%FF', '%E2%82'])('PA-03 answers 400 to %j', async (text) => {
    for (const template of ['/ws/{p}', '/ws/{p:path}']) {
      expect(await answerTo(template, `/ws/${text}`)).toMatchObject({ status: 400, body: { code: 'FST_ERR_BAD_URL' } })
    }
  })

  it('PA-03 answers 422 to an encoded NUL', async () => {
    expect(await answerTo('/ws/{p}', '/ws/a%00b')).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['path', 'p'], type: 'str_parsing', input: 'a\\u{0}b' }] },
    })
  })

  it.each([
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%25zz', '%zz'],
    ['a+b', 'a+b'],
    ['%E2%82%AC', '€'],
    ['%F0%9F%99%82', '🙂'],
    ['a%20b', 'a b'],
  ])('PA-03 decodes %j once, to %j', async (text, value) => {
    expect(await answerTo('/ws/{p}/x', `/ws/${text}/x`)).toEqual({ status: 200, body: { p: value } })
  })

  it('PA-04 leaves the length of a segment to the router, as for any HTTP route', async () => {
    expect(await answerTo('/ws/{p}', `/ws/${'a'.repeat(100)}`)).toMatchObject({ status: 200 })
    for (const length of [101, 16_000]) {
      expect(await answerTo('/ws/{p}', `/ws/${'a'.repeat(length)}`)).toMatchObject({
        status: 414,
        body: { code: 'FST_ERR_MAX_PARAM_LENGTH' },
      })
    }
    expect(await answerTo('/ws/{p}', `/ws/${'a'.repeat(8192)}`, 16_384)).toMatchObject({ status: 200 })
    expect(await answerTo('/ws/{p}', `/ws/${'a'.repeat(8193)}`, 16_384)).toMatchObject({ status: 422 })
    expect(await answerTo('/ws/{p:path}', `/ws/${'a/'.repeat(4097)}`)).toMatchObject({ status: 422 })
  })

  it('takes a value through template, router and converter and gives it back', async () => {
    const template = parsePathTemplate('/{i:int}/{f:float}/{b:bool}/{t:datetime}/{s}', converters)
    const app = Fastify({ routerOptions: { maxParamLength: 1000 } })
    app.get<{ Params: Record<string, string> }>(template.url, (request) => {
      const coerced = coerceParams(template, request.params)
      return coerced.ok ? coerced.params : coerced.errors
    })
    const values = fc.record({
      i: fc.maxSafeInteger(),
      f: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      b: fc.boolean(),
      t: fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }),
      s: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !/\p{Cc}|^\.\.?$/u.test(text)),
    })
    await fc.assert(
      fc.asyncProperty(values, async ({ i, f, b, t, s }) => {
        const path = [i, f, b, t.toISOString(), s].map((value) => encodeURIComponent(value)).join('/')
        const response = await app.inject(`/${path}`)
        expect(response.json()).toEqual({ i, f, b, t: t.toISOString(), s })
      }),
    )
    await app.close()
  })
})
