import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ratioOf, spreadOf } from '../src/statistics.ts'

describe('spreadOf', () => {
  it('takes the middle one, or the mean of the two in the middle', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, greatest: 3 })
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, greatest: 4 })
    expect(spreadOf([7])).toEqual({ median: 7, least: 7, greatest: 7 })
  })

  it('has as many figures below the median as above, and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (figures) => {
        const before = [...figures]
        const { median, least, greatest } = spreadOf(figures)
        expect(figures).toEqual(before)
        expect(least).toBeLessThanOrEqual(median)
        expect(median).toBeLessThanOrEqual(greatest)
        const half = figures.length / 2
        expect(figures.filter((figure) => figure < median).length).toBeLessThanOrEqual(half)
        expect(figures.filter((figure) => figure > median).length).toBeLessThanOrEqual(half)
      }),
    )
  })

  it('refuses nothing at all', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('ratioOf', () => {
  it('compares within each round, so that a slow round does not count', () => {
    expect(ratioOf([20, 2, 21], [10, 1, 10])).toEqual({ median: 2, least: 2, greatest: 2.1 })
  })

  it('refuses different rounds', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow(RangeError)
  })
})
