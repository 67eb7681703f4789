import { SluiceError } from '../errors.ts'
import { oneOfWords } from '../schema/typebox-issues.ts'
import { compileTypeBoxSchema } from '../schema/typebox-schema.ts'
import type { JsonSchema } from '../schema/typebox-support.ts'
import { bool, float, int } from './converters.ts'
import type { Refusal } from './field-error.ts'

/** Reads the text of one type of a schema. The grammar is that of the converters of paths. */
export interface TextType extends Refusal {
  /** `undefined` means that the text is none. */
  parse(text: string): unknown
}

/**
 * How a text becomes a value of this schema. Whether the value keeps the rules of the schema is not asked here.
 * @param name of the field, for the error
 * @throws SluiceError `ERR_INVALID_OPTION` for a type that no text can be
 */
export function textTypeOf(schema: JsonSchema, name: string): TextType {
  if (schema.anyOf !== undefined) return unionType(schema.anyOf, name)
  if ('const' in schema) return oneOfType([schema.const])
  if (schema.enum !== undefined) return oneOfType(schema.enum)
  const type = TEXT_TYPES.get(schema.type)
  if (type !== undefined) return type
  throw new SluiceError('ERR_INVALID_OPTION', `the schema of ${name} has a type that cannot be read from a text`)
}

const anyText: TextType = { type: 'string_type', message: 'Input should be a valid string', parse: (text) => text }

/** Without a type anything goes, and a text is what there is. */
const TEXT_TYPES: ReadonlyMap<unknown, TextType> = new Map<unknown, TextType>([
  ['string', anyText],
  [undefined, anyText],
  ['integer', int],
  ['number', float],
  ['boolean', bool],
])

function oneOfType(members: readonly unknown[]): TextType {
  const { type, message } = oneOfWords(members)
  return { type, message, parse: (text) => members.find((member) => isMember(member, text)) }
}

function isMember(member: unknown, text: string): boolean {
  if (typeof member === 'number') return float.parse(text) === member
  if (typeof member === 'boolean') return bool.parse(text) === member
  return text === member
}

/** The first alternative that the text fits with all of its rules. No text is null: that is for defaults. */
function unionType(alternatives: readonly JsonSchema[], name: string): TextType {
  const readable = alternatives.filter(({ type }) => type !== 'null')
  const types = readable.map((schema) => ({ ...textTypeOf(schema, name), validate: compileTypeBoxSchema(schema) }))
  const [only, another] = types
  if (only !== undefined && another === undefined) return only
  return {
    ...refusalOf(readable),
    parse(text) {
      for (const { parse, validate } of types) {
        const value = parse(text)
        if (value !== undefined && validate(value).ok) return value
      }
      return undefined
    },
  }
}

function refusalOf(alternatives: readonly JsonSchema[]): Refusal {
  if (alternatives.every((schema) => 'const' in schema)) return oneOfWords(alternatives.map((schema) => schema.const))
  return { type: 'union_error', message: 'Input should match one of the allowed types' }
}
