import fc from 'fast-check'
import createRouter from 'find-my-way'
import { describe, expect, it } from 'vitest'
import { resolveConverters } from '../../src/coercion/resolve-converters.ts'
import { type PathTemplate, parsePathTemplate } from '../../src/routing/path-template.ts'

const converters = resolveConverters({ hex: { parse: (text) => Number.parseInt(text, 16) } })
const parse = (template: string): PathTemplate => parsePathTemplate(template, converters)

describe('parsePathTemplate', () => {
  it.each([
    ['/', '/', '/'],
    ['/ws/echo', '/ws/echo', '/ws/echo'],
    ['/ws/chat/{room_id}', '/ws/chat/:room_id', '/ws/chat/:'],
    ['/ws/chat/:room_id', '/ws/chat/:room_id', '/ws/chat/:'],
    ['/ws/user/{user_id:int}/channel/{channel_id}', '/ws/user/:user_id/channel/:channel_id', '/ws/user/:/channel/:'],
    ['/{a}/:b/{c:enum(x,y)}/{d:hex}', '/:a/:b/:c/:d', '/:/:/:/:'],
    ['/files/{rest:path}', '/files/*', '/files/*'],
    ['/files/*', '/files/*', '/files/*'],
    ['/*', '/*', '/*'],
    ['/ws/chat/', '/ws/chat', '/ws/chat'],
    ['/ws/chat/{room_id}/', '/ws/chat/:room_id', '/ws/chat/:'],
    ["/a-b.c_d~e!$&'+,;=@/größe", "/a-b.c_d~e!$&'+,;=@/größe", "/a-b.c_d~e!$&'+,;=@/größe"],
  ])('reads %j', (template, url, shape) => {
    expect(parse(template)).toMatchObject({ template, url, shape })
  })

  it('lists the parameters in the order of the path', () => {
    const { params } = parse('/ws/{b:int}/x/:a/{c:enum(x,y)}/{rest:path}')
    expect(params.map(({ name, wildcard, converter }) => [name, wildcard, converter.name])).toEqual([
      ['b', false, 'int'],
      ['a', false, 'str'],
      ['c', false, 'enum(x,y)'],
      ['rest', true, 'path'],
    ])
  })

  it('names a bare wildcard *', () => {
    expect(parse('/files/*').params).toMatchObject([{ name: '*', wildcard: true, converter: { name: 'path' } }])
  })

  it('gives two templates that no request can tell apart the same shape', () => {
    const templates = ['/ws/{id}/x', '/ws/:name/x', '/ws/{id:int}/x/', '/ws/{kind:enum(a,b)}/x']
    expect(new Set(templates.map((template) => parse(template).shape))).toEqual(new Set(['/ws/:/x']))
    expect(parse('/ws/id/x').shape).not.toBe(parse('/ws/{id}/x').shape)
    expect(parse('/ws/{id:path}').shape).not.toBe(parse('/ws/{id}').shape)
  })

  it('is frozen', () => {
    const template = parse('/ws/{id}')
    for (const part of [template, template.params, template.params[0]]) expect(part).toSatisfy(Object.isFrozen)
  })
})

describe('a template that cannot be read', () => {
  it.each([
    ['', 1],
    ['ws/echo', 1],
    ['*', 1],
    ['//', 1],
    ['/ws//echo', 4],
    ['/ws/echo//', 9],
    ['/ws echo', 4],
    ['/ws?x=1', 4],
    ['/ws#x', 4],
    ['/w%73', 3],
    ['/ws\\echo', 4],
    ['/ws\u0000', 4],
    ['/ws/(a|b)', 5],
    ['/ws/{}', 5],
    ['/ws/{:int}', 5],
    ['/ws/:', 5],
    ['/ws/{room-id}', 5],
    ['/ws/{1st}', 5],
    ['/ws/{ room }', 5],
    ['/ws/{größe}', 5],
    ['/ws/{room', 5],
    ['/ws/room}', 5],
    ['/ws/{{room}}', 5],
    ['/ws/{room}}', 5],
    ['/ws/{ro{om}', 5],
    ['/ws/{room:}', 5],
    ['/ws/{room:[0-9]+}', 5],
    ['/ws/{room:int(3)}', 5],
    ['/ws/:room(^[0-9]+$)', 5],
    ['/ws/:room?', 5],
    ['/ws/:room*', 5],
    ['/ws/::verb', 5],
    ['/ws/{id:enum}', 5],
    ['/ws/{id:enum()}', 5],
    ['/ws/{id:enum(a,)}', 5],
    ['/ws/{id:enum(,a)}', 5],
    ['/ws/{id:enum(a,,b)}', 5],
    ['/ws/{id:enum(a, b)}', 5],
    ['/ws/{id:enum(a,a)}', 5],
    ['/ws/{id:enum(a/b)}', 5],
    ['/ws/{id:enum((a))}', 5],
    ['/ws/{id:enum(a{b)}', 5],
    ['/ws/{id:in{t}', 5],
    ['/ws/{id:enum(a}', 5],
    ['/ws/{id}/x/{id:int}', 12],
    ['/ws/:id/{id}', 9],
    ['/files/{rest:path}/x', 20],
    ['/files/*/x', 10],
    ['/files/{rest:path}/*', 20],
    ['/files/*/{rest:path}', 10],
    ['/files/a*', 8],
    ['/files/**', 8],
  ])('refuses %j and shows where', (template, character) => {
    expect(() => parse(template)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_PATH',
        message: expect.stringContaining(`invalid path '${template}' at character ${character}: `),
      }),
    )
  })

  it.each(['{a}{b}', ':a-:b', ':a.:b', ':a:b', '{a}-{b}', 'room-{a}', 'room-:a', '{a}.json', 'v1:run', ':a.json'])(
    'PA-05 refuses %j, in which a parameter is not a whole segment',
    (segment) => {
      expect(() => parse(`/ws/${segment}`)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PATH' }))
    },
  )

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__'])(
    'PA-06 refuses the name %j',
    (name) => {
      for (const segment of [`{${name}}`, `{${name}:int}`, `:${name}`, `{${name}:path}`]) {
        expect(() => parse(`/ws/${segment}`)).toThrow(`the name '${name}' is reserved`)
      }
    },
  )

  it.each(['integer', 'Int', 'string', 'constructor', 'toString'])(
    'names the converters there are instead of %j',
    (name) => {
      expect(() => parse(`/ws/{id:${name}}`)).toThrow(
        expect.objectContaining({
          code: 'ERR_UNKNOWN_CONVERTER',
          message: expect.stringMatching(
            /^invalid path '.*' at character 5: no converter '.*'; there are str, int, .*, hex, enum/,
          ),
        }),
      )
    },
  )

  it('refuses what is not a text', () => {
    const template = { startsWith: () => true } as unknown as string
    expect(() => parse(template)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PATH' }))
  })

  it('throws nothing but coded errors, whatever the text', () => {
    const piece = fc.constantFrom('/', '{', '}', ':', '*', 'a', 'b', 'int', 'enum', '(', ')', ',', '-', '?', '%', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const error = thrownBy(() => parse(`/${pieces.join('')}`))
        if (error !== undefined) expect(error).toHaveProperty('code')
      }),
      { numRuns: 1000 },
    )
  })
})

describe("in Fastify's router", () => {
  it('matches exactly the paths that the template describes', () => {
    fc.assert(
      fc.property(fc.array(declaredSegment(), { maxLength: 6 }), fc.boolean(), (segments, wildcard) => {
        const template = `/${[...segments.map(({ declared }) => declared), ...(wildcard ? ['{rest:path}'] : [])].join('/')}`
        const path = `/${[...segments.map(({ text }) => encodeURIComponent(text)), ...(wildcard ? ['x', 'y'] : [])].join('/')}`
        const { url, params } = parse(template)

        const router = createRouter({ maxParamLength: 1000 })
        router.on('GET', url, () => undefined)
        const found = router.find('GET', path)
        const expected = segments.filter(({ isParameter }) => isParameter).map(({ text }) => text)
        expect(params.map(({ name, wildcard }) => found?.params[wildcard ? '*' : name])).toEqual(
          wildcard ? [...expected, 'x/y'] : expected,
        )
      }),
    )
  })
})

/** A segment as a template declares it, and a text that it matches. */
function declaredSegment() {
  let count = 0
  const name = fc.constant(null).map(() => `p${count++}`)
  const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((value) => value.isWellFormed())
  return fc.oneof(
    fc.constantFrom('ws', 'a-b', 'v1.0').map((declared) => ({ declared, text: declared, isParameter: false })),
    fc.record({ declared: name.map((word) => `{${word}}`), text, isParameter: fc.constant(true) }),
    fc.record({ declared: name.map((word) => `:${word}`), text, isParameter: fc.constant(true) }),
    fc.record({ declared: name.map((word) => `{${word}:int}`), text, isParameter: fc.constant(true) }),
  )
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
    return undefined
  } catch (error) {
    return error
  }
}
