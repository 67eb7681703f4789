import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loggable } from '../src/log.ts'

it('MS-18 escapes what could break a line or a terminal', () => {
  expect(loggable('a\r\nb\x1b[2Jc\u2028d\u2029e\x85f\0')).toBe(
    'a\\u000d\\u000ab\\u001b[2Jc\\u2028d\\u2029e\\u0085f\\u0000',
  )
  expect(loggable('fine é 😀 "{}"')).toBe('fine é 😀 "{}"')
})

it('MS-18 cuts at 256 characters', () => {
  expect(loggable('x'.repeat(256))).toBe('x'.repeat(256))
  expect(loggable('x'.repeat(257))).toBe(`${'x'.repeat(256)}…`)
})

it('MS-18 leaves no control character of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
      expect(loggable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    }),
  )
})
