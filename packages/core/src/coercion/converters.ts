import type { Converter } from './converter.ts'
import { date, datetime, time } from './date-time.ts'

/** A whole number in the safe range: `0`, or digits without a leading zero, with `-` in front of a negative one. */
export const int: Converter<number> = {
  name: 'int',
  type: 'int_parsing',
  message: 'Input should be a valid integer, unable to parse string as an integer',
  parse(text) {
    if (!/^(?:0|-?[1-9][0-9]{0,15})$/.test(text)) return undefined
    const value = Number(text)
    return Number.isSafeInteger(value) ? value : undefined
  },
}

/** A number as JSON writes it (RFC 8259 section 6), within the range of a double. */
export const float: Converter<number> = {
  name: 'float',
  type: 'float_parsing',
  message: 'Input should be a valid number, unable to parse string as a number',
  parse(text) {
    if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text)) return undefined
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  },
}

/** A number as JSON writes it without an exponent, kept as text so that no digit is lost. */
export const decimal: Converter<string> = {
  name: 'decimal',
  type: 'decimal_parsing',
  message: 'Input should be a valid decimal',
  parse: (text) => (/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text) ? text : undefined),
}

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])

/** `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case. */
export const bool: Converter<boolean> = {
  name: 'bool',
  type: 'bool_parsing',
  message: 'Input should be a valid boolean, unable to interpret input',
  parse(text) {
    const word = text.toLowerCase()
    if (TRUE.has(word)) return true
    return FALSE.has(word) ? false : undefined
  },
}

/** A UUID of any version in its canonical form (RFC 9562 section 4), in any case; given in lower case. */
export const uuid: Converter<string> = {
  name: 'uuid',
  type: 'uuid_parsing',
  message: 'Input should be a valid UUID',
  parse(text) {
    return /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text) ? text.toLowerCase() : undefined
  },
}

/** Any text without control characters. */
export const str: Converter<string> = {
  name: 'str',
  type: 'str_parsing',
  message: 'Input should be a string without control characters',
  parse: withoutControlCharacters,
}

/** The rest of the path with its slashes, possibly empty. It is text from a stranger, not a safe file name. */
export const path: Converter<string> = {
  name: 'path',
  type: 'path_parsing',
  message: 'Input should be a path without control characters',
  parse: withoutControlCharacters,
}

/** The converters that every server has. `enum(…)` is made for each template by `createEnumConverter`. */
export const BUILT_IN_CONVERTERS = { str, int, float, bool, uuid, date, time, datetime, decimal, path } as const

/** Makes the converter of `enum(a,b,c)`: exactly one of the members. */
export function createEnumConverter(members: readonly string[]): Converter<string> {
  const allowed = new Set(members)
  const quoted = members.map((member) => `'${member}'`)
  const last = quoted.pop()
  return {
    name: `enum(${members.join(',')})`,
    type: 'enum',
    message: `Input should be ${quoted.length > 0 ? `${quoted.join(', ')} or ${last}` : last}`,
    parse: (text) => (allowed.has(text) ? text : undefined),
  }
}

function withoutControlCharacters(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? undefined : text
}
