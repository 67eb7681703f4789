import { expect, it } from 'vitest'
import { createCases, FULL, SHORT } from '../src/cases/index.ts'

/** How many numbers each group of the public suite has. */
const PUBLIC = { 1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126 }

const numbers = createCases(SHORT).map(({ number }) => number)

it('has all 517 public case numbers', () => {
  const groups = Map.groupBy(numbers, (number) => number.split('.')[0])
  groups.delete('100')
  expect(Object.fromEntries([...groups].map(([group, members]) => [group, members.length]))).toEqual(PUBLIC)
  expect([...groups.values()].flat()).toHaveLength(517)
})

it('has no number twice, and none is left out within a section', () => {
  expect(new Set(numbers).size).toBe(numbers.length)
  const sections = Map.groupBy(numbers, (number) => number.slice(0, number.lastIndexOf('.')))
  for (const members of sections.values()) {
    const last = members.map((number) => Number(number.slice(number.lastIndexOf('.') + 1)))
    expect(last).toEqual(last.map((_, index) => index + 1))
  }
})

it('has the same numbers at full scale', () => {
  expect(createCases(FULL).map(({ number }) => number)).toEqual(numbers)
})
