import { Compile } from 'typebox/schema'
import type { TypeBoxSchema } from './schema.ts'
import { createDecoder } from './typebox-codec.ts'
import { issuesOf } from './typebox-issues.ts'
import { assertSupported, type JsonSchema } from './typebox-support.ts'
import { MAX_ISSUES, type Validate } from './validation.ts'

/** Compiles a TypeBox schema to one function, where the process may evaluate code. Never asynchronous. */
export function compileTypeBoxSchema(schema: TypeBoxSchema): Validate {
  assertSupported(schema)
  const validator = Compile(schema)
  const decode = createDecoder(schema as JsonSchema)
  return (value) => {
    if (validator.Check(value)) return { ok: true, value: decode === null ? value : decode(value) }
    const [, errors] = validator.Errors(value)
    return { ok: false, issues: issuesOf(schema as JsonSchema, errors).slice(0, MAX_ISSUES) }
  }
}
