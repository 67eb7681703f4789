import { types } from 'node:util'
import { SluiceError } from '../errors.ts'
import type { Converter, ConverterTable } from './converter.ts'
import { BUILT_IN_CONVERTERS } from './converters.ts'

/** A converter of your own, an entry of the `converters` option. Declare its type in `CustomConverters`. */
export interface ConverterOptions<T = unknown> {
  /** Turns the text into a value. `undefined` and a throw both mean that the text is not one of these. */
  parse(text: string): T | undefined
  /** The `type` of the field error. @default the converter's name and `_parsing` */
  readonly type?: string
  /** The `msg` of the field error. @default `Input should be a valid` and the converter's name */
  readonly message?: string
}

/**
 * The built-in converters together with those of the `converters` option.
 *
 * @throws SluiceError `ERR_INVALID_OPTION` for a name that is taken or malformed and for a `parse` that is not a plain
 * function; `ERR_UNKNOWN_OPTION` for a property that a converter does not have.
 */
export function resolveConverters(custom: Readonly<Record<string, ConverterOptions>> = {}): ConverterTable {
  const table = new Map<string, Converter>(Object.entries(BUILT_IN_CONVERTERS))
  for (const [name, options] of Object.entries(custom)) {
    assertName(name, table)
    assertOptions(name, options)
    table.set(name, createCustomConverter(name, options))
  }
  return table
}

function assertName(name: string, table: ConverterTable): void {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    throw new SluiceError('ERR_INVALID_OPTION', `converters: '${name}' is not a name (letters, digits and _)`)
  }
  if (table.has(name) || name === 'enum') {
    throw new SluiceError('ERR_INVALID_OPTION', `converters: '${name}' is the name of a built-in converter`)
  }
}

function assertOptions(name: string, options: ConverterOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new SluiceError('ERR_INVALID_OPTION', `converters.${name} must be an object with a parse function`)
  }
  for (const key of Object.keys(options)) {
    if (key !== 'parse' && key !== 'type' && key !== 'message') {
      throw new SluiceError('ERR_UNKNOWN_OPTION', `unknown option 'converters.${name}.${key}'`)
    }
  }
  if (typeof options.parse !== 'function') {
    throw new SluiceError('ERR_INVALID_OPTION', `converters.${name}.parse must be a function`)
  }
  // A promise would reach the handler as the value, and its rejection nobody.
  if (types.isAsyncFunction(options.parse)) {
    throw new SluiceError('ERR_INVALID_OPTION', `converters.${name}.parse must not be async`)
  }
  for (const key of ['type', 'message'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'string') {
      throw new SluiceError('ERR_INVALID_OPTION', `converters.${name}.${key} must be a string`)
    }
  }
}

function createCustomConverter(name: string, options: ConverterOptions): Converter {
  return {
    name,
    type: options.type ?? `${name}_parsing`,
    message: options.message ?? `Input should be a valid ${name}`,
    parse(text) {
      try {
        return options.parse(text)
      } catch {
        return undefined
      }
    },
  }
}
