import { SluiceError } from './errors.ts'

/** Says what is wrong with a value, or nothing. */
export type Check = (value: unknown, name: string) => string | undefined
/** One check for each option that there is. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check }

/**
 * Refuses what it does not know, by name.
 * @param prefix what stands before each name in the message
 * @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`
 */
export function assertOptions(given: object, checks: Readonly<Record<string, Check>>, prefix: string): void {
  if (!isPlain(given)) throw invalid(prefix.slice(0, -1) || 'options', 'an object', given)
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) {
      const known = Object.keys(checks).join(', ')
      throw new SluiceError('ERR_UNKNOWN_OPTION', `unknown option '${prefix}${name}'; there are ${known}`)
    }
    if (value === undefined) continue
    const expected = check(value, `${prefix}${name}`)
    if (expected !== undefined) throw invalid(`${prefix}${name}`, expected, value)
  }
}

function invalid(name: string, expected: string, value: unknown): SluiceError {
  const shown = isPlain(value) ? 'an object' : String(value)
  return new SluiceError('ERR_INVALID_OPTION', `option '${name}' must be ${expected}, got ${shown}`)
}

export function isPlain(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** For a value that is checked elsewhere. */
export function anything(): undefined {
  return undefined
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const expected =
    most < Number.MAX_SAFE_INTEGER ? `a whole number from ${least} to ${most}` : `a whole number of at least ${least}`
  return (value) => {
    const isInRange = Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
    return isInRange ? undefined : expected
  }
}

/** @param expected what to call it */
export function numberFrom(least: number, expected: string): Check {
  return (value) => (typeof value === 'number' && Number.isFinite(value) && value >= least ? undefined : expected)
}

export function typeIs(type: 'boolean' | 'string' | 'function'): Check {
  return (value) => (typeof value === type ? undefined : `of type ${type}`)
}

export function withMethods<T>(...names: (keyof T & string)[]): Check {
  const has = (value: object, name: string) => typeof (value as Record<string, unknown>)[name] === 'function'
  return (value) =>
    typeof value === 'object' && value !== null && names.every((name) => has(value, name))
      ? undefined
      : `an object with ${names.join(', ')}`
}

export function oneOf(...values: readonly (string | number)[]): Check {
  return (value) => (values.includes(value as string) ? undefined : `one of ${values.join(', ')}`)
}

export function listOf(what: string, isElement: (element: unknown) => boolean): Check {
  return (value) => (Array.isArray(value) && value.every(isElement) ? undefined : `a list of ${what}`)
}

export function recordOf(what: string, isElement: (element: unknown) => boolean): Check {
  return (value, name) => {
    if (!isPlain(value)) return 'an object'
    for (const [key, element] of Object.entries(value as object)) {
      if (!isElement(element)) throw invalid(`${name}.${key}`, what, element)
    }
    return undefined
  }
}

export function nested(checks: Readonly<Record<string, Check>>): Check {
  return (value, name) => {
    assertOptions(value as object, checks, `${name}.`)
    return undefined
  }
}

/** Takes `false`, which switches the option off, beside what the check takes. */
export function unlessFalse(check: Check): Check {
  return (value, name) => (value === false ? undefined : check(value, name))
}

export function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
