import { SluiceError } from '../errors.ts'

/** The part of a TypeBox schema that is JSON Schema. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly additionalProperties?: boolean | JsonSchema
  readonly '~codec'?: { readonly decode: (value: unknown) => unknown }
  readonly [keyword: string]: unknown
}

/**
 * The validator passes over words that it does not know, and `@sinclair/typebox` has some that it does not: a schema with
 * one of those would allow anything.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function assertSupported(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return
  if (LEGACY_TRANSFORM in schema) {
    throw unsupported('a transform of @sinclair/typebox; Codec of typebox 1 is one that works')
  }
  const { type } = schema as JsonSchema
  const isLegacy = LEGACY_KIND in schema
  if (isLegacy && typeof type === 'string' && !TYPES.has(type))
    throw unsupported(`the type '${type}' of @sinclair/typebox`)
  for (const [keyword, inside] of Object.entries(schema)) {
    if (!LITERAL_KEYWORDS.has(keyword)) assertSupported(inside)
  }
}

function unsupported(what: string): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `a schema holds ${what}, which cannot be validated`)
}

const LEGACY_KIND = Symbol.for('TypeBox.Kind')
const LEGACY_TRANSFORM = Symbol.for('TypeBox.Transform')
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object', 'bigint', 'undefined'])
/** What stands in these is a value and no schema. */
const LITERAL_KEYWORDS = new Set(['default', 'const', 'enum', 'examples'])
