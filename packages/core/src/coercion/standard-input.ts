import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { compileStandardSchema } from '../schema/standard-schema.ts'
import type { SchemaIssue, Validation } from '../schema/validation.ts'
import { createFieldError, type FieldError, MISSING } from './field-error.ts'
import { createRecord, type Input, type InputKind, type InputResult, type InputTexts } from './input.ts'

/** Prepares a Standard Schema, which is given the texts and coerces them itself. */
export function createStandardInput(kind: InputKind, schema: StandardSchemaV1): Input {
  const validate = compileStandardSchema(schema)
  return {
    kind,
    names: null,
    jsonSchema: jsonSchemaOf(schema),
    read(texts) {
      const validation = validate(texts.record())
      return validation instanceof Promise
        ? validation.then((settled) => toResult(kind, settled, texts))
        : toResult(kind, validation, texts)
    },
  }
}

function toResult(kind: InputKind, validation: Validation, texts: InputTexts): InputResult {
  if (!validation.ok) return { ok: false, errors: validation.issues.map((issue) => toFieldError(kind, issue, texts)) }
  const { value } = validation
  return { ok: true, value: isPlain(value) ? createRecord(value) : (value as Record<string, unknown>) }
}

/** An instance of a class is what its schema meant it to be. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function toFieldError(kind: InputKind, { path, message, type }: SchemaIssue, texts: InputTexts): FieldError {
  const [name, index] = path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (name === undefined) return createFieldError([kind.place], { message, type }, null)
  const wireName = kind.wireName(String(name))
  const loc: FieldError['loc'] = [
    kind.place,
    wireName,
    ...path.slice(1).map((key) => (typeof key === 'number' ? key : String(key))),
  ]
  const given = typeof index === 'number' ? texts.all(wireName)[index] : texts.one(wireName)
  if (given === undefined) return createFieldError(loc, { message, type: MISSING.type }, null)
  // Libraries quote what they refuse.
  if (texts.isSecret(wireName)) return createFieldError(loc, { message: 'Input is not valid', type }, null)
  return createFieldError(loc, { message, type }, given)
}

/** Libraries that can say what they take in JSON Schema do so by the same standard. */
function jsonSchemaOf(schema: StandardSchemaV1): object | null {
  const { jsonSchema } = schema['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>
  try {
    const { $schema: _, ...described } = jsonSchema?.input({ target: 'draft-07' }) ?? { $schema: null }
    return Object.keys(described).length > 0 ? described : null
  } catch {
    // What has no JSON Schema, such as a date, throws.
    return null
  }
}
