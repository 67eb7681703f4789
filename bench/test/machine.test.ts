import { expect, it } from 'vitest'
import { parseCoreList } from '../src/machine.ts'

it('reads sets of cores as Linux writes them', () => {
  expect(parseCoreList('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11])
  expect(parseCoreList('5')).toEqual([5])
  expect(parseCoreList('')).toEqual([])
})
