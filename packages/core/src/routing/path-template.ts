import type { Converter, ConverterTable } from '../coercion/converter.ts'
import { createEnumConverter } from '../coercion/converters.ts'
import { SluiceError } from '../errors.ts'

/** One declared parameter of a path. */
export interface PathParameter {
  /** Its name in `params`; `*` for a bare wildcard. */
  readonly name: string
  /** Takes the rest of the path. Fastify gives its text under `*`, whatever the name. */
  readonly wildcard: boolean
  readonly converter: Converter
}

/** A path as the user declared it, read once at registration. Frozen. */
export interface PathTemplate {
  /** As declared: `/ws/user/{user_id:int}`. */
  readonly template: string
  /** The same for Fastify's router, without a trailing slash: `/ws/user/:user_id`. */
  readonly url: string
  /** Equal for two templates that no request can tell apart: `/ws/user/:`. */
  readonly shape: string
  /** In the order of the path. */
  readonly params: readonly PathParameter[]
}

/**
 * Reads a path template: segments of text, and parameters `{name}`, `{name:converter}`, `:name`, which are a whole
 * segment each; last of all perhaps `{name:path}` or a bare `*`, which take the rest of the path.
 *
 * @throws SluiceError `ERR_INVALID_PATH`, or `ERR_UNKNOWN_CONVERTER`; the message shows the template and the place.
 */
export function parsePathTemplate(template: string, converters: ConverterTable): PathTemplate {
  if (typeof template !== 'string' || !template.startsWith('/')) {
    throw invalidPath(template, 0, 'a path begins with a slash')
  }
  const emptySegment = template.indexOf('//')
  if (emptySegment !== -1) throw invalidPath(template, emptySegment, 'a segment is empty')

  const params: PathParameter[] = []
  let url = ''
  let shape = ''
  for (const segment of segmentsOf(template)) {
    const previous = params.at(-1)
    if (previous?.wildcard) throw invalidPath(template, segment.at, `'${previous.name}' takes the rest of the path`)

    const param = readParameter(template, segment, converters)
    if (param === undefined) {
      assertStatic(template, segment)
      url += `/${segment.text}`
      shape += `/${segment.text}`
      continue
    }
    if (params.some(({ name }) => name === param.name)) {
      throw invalidPath(template, segment.at, `the name '${param.name}' is taken`)
    }
    params.push(param)
    url += param.wildcard ? '/*' : `/:${param.name}`
    shape += param.wildcard ? '/*' : '/:'
  }
  return Object.freeze({ template, url: url || '/', shape: shape || '/', params: Object.freeze(params) })
}

/** One segment and where it begins in the template. */
interface Segment {
  readonly text: string
  readonly at: number
}

function* segmentsOf(template: string): Generator<Segment> {
  let at = 1
  for (const text of template.slice(1).split('/')) {
    // Only the one trailing slash, which is ignored, leaves an empty text here.
    if (text !== '') yield { text, at }
    at += text.length + 1
  }
}

function readParameter(template: string, { text, at }: Segment, converters: ConverterTable): PathParameter | undefined {
  if (text === '*') return createParameter('*', converterNamed('path', template, at, converters))
  if (text.startsWith(':')) {
    assertName(template, at, text.slice(1))
    return createParameter(text.slice(1), converterNamed('str', template, at, converters))
  }
  if (!text.startsWith('{')) return undefined

  if (text.indexOf('}') !== text.length - 1) {
    throw invalidPath(template, at, `'${text}' is not one whole parameter in braces`)
  }
  const colon = text.indexOf(':')
  const name = text.slice(1, colon === -1 ? -1 : colon)
  assertName(template, at, name)
  const converter = colon === -1 ? 'str' : text.slice(colon + 1, -1)
  return createParameter(name, converterNamed(converter, template, at, converters))
}

function createParameter(name: string, converter: Converter): PathParameter {
  return Object.freeze({ name, wildcard: converter.name === 'path', converter })
}

function assertName(template: string, at: number, name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const hint = /[-.:{*(?]/.test(name) ? ', and a parameter is a whole segment without text or pattern beside it' : ''
    throw invalidPath(template, at, `'${name}' is not a name (letters, digits and _)${hint}`)
  }
  // Such a name would reach into, or hide, what every object inherits.
  if (name in Object.prototype || name === 'prototype') {
    throw invalidPath(template, at, `the name '${name}' is reserved`)
  }
}

function converterNamed(text: string, template: string, at: number, converters: ConverterTable): Converter {
  const members = /^enum\((.*)\)$/.exec(text)?.[1]
  if (members !== undefined) return createEnumConverter(membersOf(members, template, at))

  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(text)) throw invalidPath(template, at, `'${text}' is not a converter's name`)
  if (text === 'enum') throw invalidPath(template, at, 'an enum names its members, as in enum(a,b)')
  const converter = converters.get(text)
  if (converter !== undefined) return converter
  const known = [...converters.keys(), 'enum(…)'].join(', ')
  throw new SluiceError('ERR_UNKNOWN_CONVERTER', `${place(template, at)}: no converter '${text}'; there are ${known}`)
}

function membersOf(text: string, template: string, at: number): string[] {
  const members = text.split(',')
  for (const member of members) {
    if (member === '') throw invalidPath(template, at, 'a member of the enum is empty')
    if (/[\s\p{Cc}(){]/u.test(member)) throw invalidPath(template, at, `'${member}' cannot be a member of an enum`)
  }
  if (new Set(members).size < members.length) throw invalidPath(template, at, 'a member of the enum stands twice')
  return members
}

function assertStatic(template: string, { text, at }: Segment): void {
  if (/[{}:*]/.test(text)) throw invalidPath(template, at, `'${text}' has text beside a parameter`)
  // What Fastify's router reads as a pattern, or a client never sends as it stands.
  const odd = /[\s\p{Cc}()?#%\\^|"<>`]/u.exec(text)
  if (odd !== null) throw invalidPath(template, at + odd.index, `'${odd[0]}' cannot stand in a path`)
}

function invalidPath(template: string, at: number, reason: string): SluiceError {
  return new SluiceError('ERR_INVALID_PATH', `${place(template, at)}: ${reason}`)
}

function place(template: string, at: number): string {
  return `invalid path '${template}' at character ${at + 1}`
}
