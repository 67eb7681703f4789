import { SluiceError } from '../errors.ts'
import { compileTypeBoxSchema } from '../schema/typebox-schema.ts'
import type { JsonSchema } from '../schema/typebox-support.ts'
import type { SchemaIssue, Validation } from '../schema/validation.ts'
import { createFieldError, type FieldError, MISSING } from './field-error.ts'
import { createRecord, type Input, type InputKind, type InputResult, type InputTexts } from './input.ts'
import { type TextType, textTypeOf } from './text-type.ts'

/** One property of the object, prepared. */
interface Field {
  readonly name: string
  readonly wireName: string
  readonly schema: JsonSchema
  readonly isList: boolean
  readonly isRequired: boolean
  readonly textType: TextType
  readonly validate: (value: unknown) => Validation
}

/**
 * Prepares an object of TypeBox: each text is read as the type of its property, then the property's rules are checked.
 * @throws SluiceError `ERR_INVALID_OPTION` for what is no flat object, and for a default that breaks its own rules
 */
export function createTypeBoxInput(kind: InputKind, schema: JsonSchema): Input {
  assertObject(kind, schema)
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    createField(kind, name, property, schema.required?.includes(name) ?? false),
  )
  const names = fields.map(({ wireName }) => wireName)
  const known = schema.additionalProperties === false ? new Set(names) : null
  return {
    kind,
    names,
    jsonSchema: jsonSchemaOf(fields),
    read: (texts) => readFields(kind, fields, known, texts),
  }
}

function readFields(
  { place }: InputKind,
  fields: readonly Field[],
  known: ReadonlySet<string> | null,
  texts: InputTexts,
): InputResult {
  const value = createRecord({})
  const errors: FieldError[] = []
  for (const field of fields) {
    const read = readField(field, texts)
    if (read === undefined) continue
    if (read.ok) value[field.name] = read.value
    else errors.push(...read.issues.map((issue) => toFieldError(place, field, issue, texts)))
  }
  if (known !== null) {
    for (const name of texts.names()) if (!known.has(name)) errors.push(createFieldError([place, name], EXTRA, null))
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value }
}

const EXTRA = { type: 'extra_forbidden', message: 'Extra inputs are not permitted' }

/** Undefined for a field that is not there and need not be. */
function readField(field: Field, texts: InputTexts): Validation | undefined {
  const given = field.isList ? texts.all(field.wireName) : texts.one(field.wireName)
  if (given === undefined || (Array.isArray(given) && given.length === 0)) return absent(field)
  const refused: SchemaIssue[] = []
  const parse = (text: unknown, path: readonly PropertyKey[]): unknown => {
    // A converter of the path, or a query parser of the app's own, has made something else of it already.
    if (typeof text !== 'string') return text
    const value = field.textType.parse(text)
    if (value === undefined) refused.push({ path, message: field.textType.message, type: field.textType.type })
    return value
  }
  const value =
    Array.isArray(given) && field.isList ? given.map((text, index) => parse(text, [index])) : parse(given, [])
  return refused.length > 0 ? { ok: false, issues: refused.slice(0, MOST_ISSUES) } : field.validate(value)
}

/** What a list of a thousand texts may cost in errors. */
const MOST_ISSUES = 16

function absent({ schema, isRequired, validate }: Field): Validation | undefined {
  if ('default' in schema) return validate(structuredClone(schema.default))
  return isRequired ? { ok: false, issues: [{ path: [], ...MISSING }] } : undefined
}

function toFieldError(
  place: FieldError['loc'][0],
  { wireName, isList }: Field,
  { path, message, type }: SchemaIssue,
  texts: InputTexts,
): FieldError {
  const index = path[0]
  const text = isList && typeof index === 'number' ? texts.all(wireName)[index] : texts.one(wireName)
  const shown = type === 'missing' || texts.isSecret(wireName) ? null : text
  const inside = path.map((key) => (typeof key === 'number' ? key : String(key)))
  return createFieldError([place, wireName, ...inside], { type, message }, shown)
}

function createField(kind: InputKind, name: string, schema: JsonSchema, isRequired: boolean): Field {
  const shown = `${kind.name}.${name}`
  if (name in Object.prototype || name === 'prototype') throw invalid(`the name of ${shown} is reserved`)
  const isList = schema.type === 'array'
  if (isList && Array.isArray(schema.items)) throw invalid(`${shown} is a tuple; a list of one type can be read`)
  const textType = textTypeOf(isList ? ((schema.items ?? {}) as JsonSchema) : schema, shown)
  const validate = compileTypeBoxSchema(schema)
  if ('default' in schema && !validate(structuredClone(schema.default)).ok) {
    throw invalid(`the default of ${shown} does not fit its schema`)
  }
  return { name, wireName: wireNameOf(kind, name, schema), schema, isList, isRequired, textType, validate }
}

function wireNameOf(kind: InputKind, name: string, { alias }: JsonSchema): string {
  if (alias === undefined) return kind.wireName(name)
  if (typeof alias !== 'string' || alias === '') throw invalid(`the alias of ${kind.name}.${name} must be a name`)
  return kind.name === 'headers' ? alias.toLowerCase() : alias
}

function assertObject(kind: InputKind, schema: JsonSchema): void {
  if (schema.type !== 'object' || schema.properties === undefined) {
    throw invalid(`option '${kind.name}' must be an object schema with properties`)
  }
  const hidden = HIDDEN_KEYWORDS.filter((keyword) => keyword in schema)
  const unknown = [...Object.keys(schema), ...hidden].find((keyword) => !OBJECT_KEYWORDS.has(keyword))
  if (unknown !== undefined) {
    throw invalid(`option '${kind.name}' has '${unknown}'; rules for several fields at once need a Standard Schema`)
  }
  if (typeof schema.additionalProperties === 'object') throw invalid(`option '${kind.name}' must name its properties`)
  if (schema.additionalProperties === false && kind.name === 'headers') {
    throw invalid(`option 'headers' must allow others: every request has headers of its own`)
  }
}

/** TypeBox does not let these be enumerated. */
const HIDDEN_KEYWORDS = ['~codec', '~refine'] as const

const OBJECT_KEYWORDS = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  '$id',
  '$schema',
  'title',
  'description',
  'examples',
])

function invalid(message: string): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', message)
}

function jsonSchemaOf(fields: readonly Field[]): object {
  const required = fields.filter(({ isRequired, schema }) => isRequired && !('default' in schema))
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ wireName, schema: { alias: _, ...schema } }) => [wireName, schema])),
    ...(required.length > 0 && { required: required.map(({ wireName }) => wireName) }),
  }
}
