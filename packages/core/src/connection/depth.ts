/**
 * Whether JSON text has more than `most` arrays and objects inside one another. It is asked before the text is parsed: what parses
 * can still be too deep to be written again, or for a validator.
 */
export function isTextDeeperThan(text: string, most: number): boolean {
  // Each level is two characters, and most messages have fewer brackets in all than they may have levels: neither is read here.
  if (text.length <= most * 2 || !opensMoreThan(text, most)) return false
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index)
        break
      case OPENING_BRACKET:
      case OPENING_BRACE:
        if (++depth > most) return true
        break
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth--
    }
  }
  return false
}

/**
 * Refuses a decoded value with more than `most` arrays and objects inside one another, or with a key that pollutes prototypes.
 * What is neither a plain object nor an array is not looked into.
 * @throws Error that says which
 */
export function assertHarmless(value: unknown, most: number): void {
  if (typeof value !== 'object' || value === null) return
  const isArray = Array.isArray(value)
  if (!isArray && !isPlainObject(value)) return
  if (most === 0) throw new Error('nested too deeply')
  if (isArray) {
    for (const element of value) assertHarmless(element, most - 1)
    return
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__' || (key === 'constructor' && hasPrototype(member))) throw new Error(`forbidden key: ${key}`)
    assertHarmless(member, most - 1)
  }
}

const QUOTE = 0x22
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

function opensMoreThan(text: string, most: number): boolean {
  let count = 0
  for (const bracket of ['[', '{']) {
    for (let index = text.indexOf(bracket); index >= 0; index = text.indexOf(bracket, index + 1)) {
      if (++count > most) return true
    }
  }
  return false
}

/** The index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
    if (end < 0) return text.length
  } while (isEscaped(text, end))
  return end
}

function isEscaped(text: string, index: number): boolean {
  let before = index - 1
  while (text.charCodeAt(before) === BACKSLASH) before--
  return (index - before) % 2 === 0
}

function isPlainObject(value: object): boolean {
  // Not compared with Object.prototype: a test runner gives each test file one of its own.
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function hasPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}
