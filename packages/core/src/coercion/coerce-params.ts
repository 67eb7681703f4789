import type { PathParameter, PathTemplate } from '../routing/path-template.ts'
import type { Converter } from './converter.ts'

/** One parameter that was refused, in the shape that FastAPI reports. */
export interface FieldError {
  readonly loc: readonly ['path', string]
  readonly msg: string
  /** Machine-readable: `int_parsing`, `enum`, `missing` and so on. */
  readonly type: string
  /** The refused text, cut to 64 characters and escaped. `null` if there was none. */
  readonly input: string | null
}

/** The typed parameters of one request, or every field that was refused. */
export type Coerced =
  | {
      readonly ok: true
      readonly params: Readonly<Record<string, unknown>>
      /** The texts that `params` were made of, under the same names. */
      readonly rawParams: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

type Refusal = Pick<Converter, 'type' | 'message'>

const NOTHING: Readonly<Record<string, never>> = Object.freeze(Object.create(null))
const NO_PARAMS: Coerced = Object.freeze({ ok: true, params: NOTHING, rawParams: NOTHING })

/** No converter sees more bytes than this, whatever the router lets through. */
const TEXT_LENGTH = 8192
/** How much of a refused text the error shows, in characters. */
const INPUT_LENGTH = 64

const MISSING: Refusal = { type: 'missing', message: 'Field required' }
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
      errors.push(createFieldError(param, MISSING, null))
    } else if (Buffer.byteLength(text) > TEXT_LENGTH) {
      errors.push(createFieldError(param, TOO_LONG, text))
    } else {
      const value = param.converter.parse(text)
      if (value === undefined) errors.push(createFieldError(param, param.converter, text))
      params[param.name] = value
      rawParams[param.name] = text
    }
  }

  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, params: Object.freeze(params), rawParams: Object.freeze(rawParams) }
}

function createFieldError(param: PathParameter, { type, message }: Refusal, text: string | null): FieldError {
  return { loc: ['path', param.name], msg: message, type, input: text === null ? null : showInput(text) }
}

/** The error travels into logs and terminals: nothing in it may move a cursor, break a line or turn the text round. */
function showInput(text: string): string {
  const shown = Array.from(text.slice(0, 2 * INPUT_LENGTH))
    .slice(0, INPUT_LENGTH)
    .join('')
  const escaped = shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)
  return shown.length < text.length ? `${escaped}…` : escaped
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
