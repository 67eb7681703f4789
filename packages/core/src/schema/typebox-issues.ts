import type { TLocalizedValidationError } from 'typebox/error'
import type { JsonSchema } from './typebox-support.ts'
import type { SchemaIssue } from './validation.ts'

/** The errors of TypeBox in the words that FastAPI's users know: one for each part of the value that is wrong. */
export function issuesOf(schema: JsonSchema, errors: readonly TLocalizedValidationError[]): SchemaIssue[] {
  const issues = new Map<string, SchemaIssue>()
  for (const error of errors) {
    for (const issue of toIssues(schema, error)) {
      const where = issue.path.join('/')
      if (!issues.has(where)) issues.set(where, issue)
    }
  }
  return [...issues.values()]
}

function toIssues(schema: JsonSchema, error: TLocalizedValidationError): SchemaIssue[] {
  const path = keysOf(error.instancePath).map(toIndex)
  const place = keysOf(error.schemaPath)
  // What each alternative of a union finds wrong says less than that none of them fits.
  const union = error.keyword === 'anyOf' ? place.length : place.indexOf('anyOf')
  if (union >= 0) {
    const above = place.slice(0, union)
    return [{ path: path.slice(0, depthOf(above)), ...unionWords(partAt(schema, above)) }]
  }
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => ({ path: [...path, name], ...MISSING }))
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({ path: [...path, name], ...EXTRA }))
    case 'boolean':
      return []
    default:
      return [{ path, ...wordsOf(error) }]
  }
}

/** The keys of a JSON pointer (RFC 6901). */
function keysOf(pointer: string): string[] {
  const keys = pointer.split('/').slice(1)
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function toIndex(key: string): PropertyKey {
  return /^(?:0|[1-9][0-9]*)$/.test(key) ? Number(key) : key
}

/** How many keys of the value a place in its schema stands for. */
function depthOf(place: readonly string[]): number {
  let depth = 0
  for (let index = 0; index < place.length; index++) {
    const keyword = place[index] as string
    if (NAMED_PARTS.has(keyword)) index++
    if (NAMED_PARTS.has(keyword) || UNNAMED_PARTS.has(keyword)) depth++
  }
  return depth
}

const NAMED_PARTS = new Set(['properties', 'patternProperties', 'prefixItems'])
const UNNAMED_PARTS = new Set(['items', 'additionalProperties'])

function partAt(schema: JsonSchema, place: readonly string[]): JsonSchema {
  let part: JsonSchema | undefined = schema
  for (const key of place) part = part?.[key] as JsonSchema | undefined
  return part ?? {}
}

type Words = Pick<SchemaIssue, 'message' | 'type'>

export const MISSING: Words = { message: 'Field required', type: 'missing' }
const EXTRA: Words = { message: 'Extra inputs are not permitted', type: 'extra_forbidden' }

function wordsOf(error: TLocalizedValidationError): Words {
  switch (error.keyword) {
    case 'type':
      return typeWords(error.params.type)
    case 'minimum':
      return { message: `Input should be greater than or equal to ${error.params.limit}`, type: 'greater_than_equal' }
    case 'exclusiveMinimum':
      return { message: `Input should be greater than ${error.params.limit}`, type: 'greater_than' }
    case 'maximum':
      return { message: `Input should be less than or equal to ${error.params.limit}`, type: 'less_than_equal' }
    case 'exclusiveMaximum':
      return { message: `Input should be less than ${error.params.limit}`, type: 'less_than' }
    case 'multipleOf':
      return { message: `Input should be a multiple of ${error.params.multipleOf}`, type: 'multiple_of' }
    case 'minLength':
      return {
        message: `String should have at least ${counted(error.params.limit, 'character')}`,
        type: 'string_too_short',
      }
    case 'maxLength':
      return {
        message: `String should have at most ${counted(error.params.limit, 'character')}`,
        type: 'string_too_long',
      }
    case 'minItems':
      return { message: `List should have at least ${counted(error.params.limit, 'item')}`, type: 'too_short' }
    case 'maxItems':
      return { message: `List should have at most ${counted(error.params.limit, 'item')}`, type: 'too_long' }
    case 'pattern':
      return { message: `String should match pattern '${error.params.pattern}'`, type: 'string_pattern_mismatch' }
    case 'format':
      return { message: `Input should be a valid ${error.params.format}`, type: `${error.params.format}_format` }
    case 'const':
      return oneOfWords([error.params.allowedValue])
    case 'enum':
      return oneOfWords(error.params.allowedValues)
    default:
      return { message: `Input ${error.message}`, type: error.keyword.replace(/^~/, '') }
  }
}

const TYPE_WORDS: Readonly<Record<string, Words>> = {
  string: { message: 'Input should be a valid string', type: 'string_type' },
  integer: { message: 'Input should be a valid integer', type: 'int_type' },
  number: { message: 'Input should be a valid number', type: 'float_type' },
  boolean: { message: 'Input should be a valid boolean', type: 'bool_type' },
  array: { message: 'Input should be a valid list', type: 'list_type' },
  object: { message: 'Input should be a valid object', type: 'object_type' },
  null: { message: 'Input should be null', type: 'none_required' },
}

function typeWords(type: string | readonly string[]): Words {
  const name = String(type)
  return TYPE_WORDS[name] ?? { message: `Input should be a valid ${name}`, type: `${name}_type` }
}

/** A union of literals is a list of what is allowed. */
function unionWords({ anyOf = [] }: JsonSchema): Words {
  const isLiterals = anyOf.length > 0 && anyOf.every((part) => 'const' in part)
  if (isLiterals) return oneOfWords(anyOf.map((part) => part.const))
  return { message: 'Input should match one of the allowed types', type: 'union_error' }
}

/** The words for a value that is none of those that are allowed. */
export function oneOfWords(allowed: readonly unknown[]): Words {
  const quoted = allowed.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  const last = quoted.pop()
  return { message: `Input should be ${quoted.length > 0 ? `${quoted.join(', ')} or ${last}` : last}`, type: 'enum' }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
