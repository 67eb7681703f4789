/** Which part of the upgrade request a field is in, in FastAPI's words. */
export type FieldPlace = 'path' | 'query' | 'header' | 'cookie'

/** One field that was refused, in the shape that FastAPI reports. */
export interface FieldError {
  /** Where it is: the part of the request, the name as the client writes it, and what leads further in. */
  readonly loc: readonly [FieldPlace, ...(string | number)[]]
  readonly msg: string
  /** Machine-readable: `int_parsing`, `enum`, `missing` and so on. */
  readonly type: string
  /** The refused text, cut to 64 characters and escaped. `null` if there was none, or if it may be a secret. */
  readonly input: string | null
}

/** Why a text was refused. */
export interface Refusal {
  readonly type: string
  readonly message: string
}

export const MISSING: Refusal = { type: 'missing', message: 'Field required' }

/** How much of a refused text the error shows, in characters. */
const INPUT_LENGTH = 64
const MESSAGE_LENGTH = 256

/** @param input what was refused; only a text is shown */
export function createFieldError(loc: FieldError['loc'], { type, message }: Refusal, input: unknown): FieldError {
  const shown = typeof input === 'string' ? escapeText(input, INPUT_LENGTH) : null
  return { loc: [loc[0], ...loc.slice(1).map(showKey)], msg: escapeText(message, MESSAGE_LENGTH), type, input: shown }
}

/** Some names are of the client's own making. */
function showKey(key: string | number): string | number {
  return typeof key === 'string' ? escapeText(key, INPUT_LENGTH) : key
}

/** The error travels into logs and terminals: nothing in it may move a cursor, break a line or turn the text round. */
function escapeText(text: string, length: number): string {
  const shown = Array.from(text.slice(0, 2 * length))
    .slice(0, length)
    .join('')
  const escaped = shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)
  return shown.length < text.length ? `${escaped}…` : escaped
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
