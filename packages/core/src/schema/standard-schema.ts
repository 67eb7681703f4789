import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isPending } from '../is-pending.ts'
import { MAX_ISSUES, type SchemaIssue, type Validate, type Validation } from './validation.ts'

/** A Standard Schema validates by itself: this brings its answer into our form. */
export function compileStandardSchema(schema: StandardSchemaV1): Validate {
  const standard = schema['~standard']
  return (value) => {
    const result = standard.validate(value)
    return isPending(result) ? Promise.resolve(result).then(toValidation) : toValidation(result)
  }
}

function toValidation(result: StandardSchemaV1.Result<unknown>): Validation {
  if (result.issues === undefined) return { ok: true, value: result.value }
  return { ok: false, issues: result.issues.slice(0, MAX_ISSUES).map(toIssue) }
}

function toIssue({ message, path = [] }: StandardSchemaV1.Issue): SchemaIssue {
  return { path: Array.from(path, keyOf), message, type: 'invalid' }
}

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey {
  return typeof segment === 'object' ? segment.key : segment
}
