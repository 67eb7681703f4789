import { SluiceError } from '../errors.ts'
import { isStandardSchema, isTypeBoxSchema, type OutputOf, type Schema } from './schema.ts'
import { compileStandardSchema } from './standard-schema.ts'
import { compileTypeBoxSchema } from './typebox-schema.ts'
import type { JsonSchema } from './typebox-support.ts'
import { compileDiscriminatedUnion, readDiscriminatedUnion } from './typebox-union.ts'
import type { CompileOptions, Validate } from './validation.ts'

/**
 * Prepares a schema for use: TypeBox is compiled, a Standard Schema validates by itself.
 * @throws SluiceError `ERR_INVALID_OPTION` for what is no schema, and for a schema that cannot be compiled
 */
export function compileSchema<S extends Schema>(
  schema: S,
  options: CompileOptions = { decode: true },
): Validate<OutputOf<S>> {
  // Standard Schema first: what a library adds to a TypeBox schema is its way of validating it.
  if (isStandardSchema(schema)) return compileStandardSchema(schema) as Validate<OutputOf<S>>
  if (isTypeBoxSchema(schema)) {
    const union = readDiscriminatedUnion(schema as JsonSchema)
    const validate =
      union === null ? compileTypeBoxSchema(schema as JsonSchema, options) : compileDiscriminatedUnion(union, options)
    return validate as Validate<OutputOf<S>>
  }
  throw new SluiceError('ERR_INVALID_OPTION', `a schema must be of TypeBox or a Standard Schema, got ${String(schema)}`)
}
