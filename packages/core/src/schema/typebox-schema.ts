import { Compile } from 'typebox/schema'
import { createDecoder } from './typebox-codec.ts'
import { issuesOf } from './typebox-issues.ts'
import { assertSupported, type JsonSchema } from './typebox-support.ts'
import { type CompileOptions, MAX_ISSUES, type Validation } from './validation.ts'

/** Compiles a TypeBox schema to one function, where the process may evaluate code. Never asynchronous. */
export function compileTypeBoxSchema(
  schema: JsonSchema,
  options: CompileOptions = { decode: true },
): (value: unknown) => Validation {
  assertSupported(schema)
  const validator = Compile(schema)
  const decode = options.decode ? createDecoder(schema) : null
  return (value) => {
    if (validator.Check(value)) return { ok: true, value: decode === null ? value : decode(value) }
    const [, errors] = validator.Errors(value)
    return { ok: false, issues: issuesOf(schema, errors).slice(0, MAX_ISSUES) }
  }
}
