import { expect, it } from 'vitest'
import { Random } from '../src/random.ts'

const tenOf = (seed: number) => {
  const random = new Random(seed)
  return Array.from({ length: 10 }, () => random.below(1_000))
}

it('is the same for the same seed, and another for another', () => {
  expect(tenOf(1)).toEqual(tenOf(1))
  expect(tenOf(1)).not.toEqual(tenOf(2))
})

it('stays below its bound, and reaches what is', () => {
  const random = new Random(3)
  const seen = new Set(Array.from({ length: 1_000 }, () => random.below(4)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3])
})
