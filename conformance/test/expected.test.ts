import { expect, it } from 'vitest'
import { compareWith } from '../src/expected.ts'
import type { Result } from '../src/run.ts'

const expectation = { cases: 2, exceptions: { '6.4.1': 'NON-STRICT, close OK' } }
const good: Result = { number: '1.1.1', title: '', duration: 0, verdict: 'OK', closeVerdict: 'OK', reasons: [] }
const lenient: Result = { ...good, number: '6.4.1', verdict: 'NON-STRICT' }

it('finds nothing where everything is as expected', () => {
  expect(compareWith(expectation, [good, lenient], true)).toEqual([])
})

it.each([
  ['a worse result', [{ ...good, verdict: 'FAILED' as const }, lenient]],
  ['a better result', [good, { ...lenient, verdict: 'OK' as const }]],
  ['a worse close', [{ ...good, closeVerdict: 'UNCLEAN' as const }, lenient]],
  ['a missing case', [good]],
])('finds %s', (_, results) => {
  expect(compareWith(expectation, results, true)).toHaveLength(1)
})

it('does not miss the other cases when only some were chosen', () => {
  expect(compareWith(expectation, [good], false)).toEqual([])
})

it('wants an expectation', () => {
  expect(compareWith(undefined, [good], true)).toHaveLength(1)
})
