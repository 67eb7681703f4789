import type { PathTemplate } from '../routing/path-template.ts'
import { createFieldError, type FieldError, MISSING, type Refusal } from './field-error.ts'

/** The typed parameters of one request, or every field that was refused. */
export type Coerced =
  | {
      readonly ok: true
      readonly params: Readonly<Record<string, unknown>>
      /** The texts that `params` were made of, under the same names. */
      readonly rawParams: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

const NOTHING: Readonly<Record<string, never>> = Object.freeze(Object.create(null))
const NO_PARAMS: Coerced = Object.freeze({ ok: true, params: NOTHING, rawParams: NOTHING })

/** No converter sees more bytes than this, whatever the router lets through. */
const TEXT_LENGTH = 8192
const TOO_LONG: Refusal = { type: 'string_too_long', message: `String should have at most ${TEXT_LENGTH} bytes` }

/** Coerces the texts that the router found and decoded, in the order of the template. */
export function coerceParams(template: PathTemplate, raw: Readonly<Record<string, string | undefined>>): Coerced {
  if (template.params.length === 0) return NO_PARAMS
  // Without a prototype, so that no name can reach or hide an inherited property.
  const params: Record<string, unknown> = Object.create(null)
  const rawParams: Record<string, string> = Object.create(null)
  const errors: FieldError[] = []

  for (const param of template.params) {
    const text = raw[param.wildcard ? '*' : param.name]
    if (text === undefined || (text === '' && !param.wildcard)) {
      errors.push(createFieldError(['path', param.name], MISSING, null))
    } else if (Buffer.byteLength(text) > TEXT_LENGTH) {
      errors.push(createFieldError(['path', param.name], TOO_LONG, text))
    } else {
      const value = param.converter.parse(text)
      if (value === undefined) errors.push(createFieldError(['path', param.name], param.converter, text))
      params[param.name] = value
      rawParams[param.name] = text
    }
  }

  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, params: Object.freeze(params), rawParams: Object.freeze(rawParams) }
}
