import type { PathParameter, PathTemplate } from '../routing/path-template.ts'

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

/** Coerces the decoded texts that the router found, in the order of the template. */
export function coerceParams(template: PathTemplate, raw: Readonly<Record<string, string | undefined>>): Coerced {
  // Without a prototype, so that no name can reach or shadow an inherited property.
  const params: Record<string, unknown> = Object.create(null)
  const rawParams: Record<string, string> = Object.create(null)
  const errors: FieldError[] = []

  for (const param of template.params) {
    const text = raw[param.wildcard ? '*' : param.name]
    if (text === undefined || (text === '' && !param.wildcard)) {
      errors.push(missing(param))
      continue
    }
    const value = param.converter.parse(text)
    if (value === undefined) {
      errors.push(refused(param, text))
      continue
    }
    params[param.name] = value
    rawParams[param.name] = text
  }

  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, params: Object.freeze(params), rawParams: Object.freeze(rawParams) }
}

function missing(param: PathParameter): FieldError {
  return { loc: ['path', param.name], msg: 'Field required', type: 'missing', input: null }
}

function refused(param: PathParameter, text: string): FieldError {
  const { message, type } = param.converter
  return { loc: ['path', param.name], msg: message, type, input: showInput(text) }
}

const INPUT_LENGTH = 64

/** The error travels into logs and terminals: nothing in it may move a cursor, break a line or turn the text round. */
function showInput(text: string): string {
  const characters = Array.from(text.slice(0, 2 * INPUT_LENGTH))
  const shown = characters.slice(0, INPUT_LENGTH).join('')
  const escaped = shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)
  return shown.length < text.length ? `${escaped}…` : escaped
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
