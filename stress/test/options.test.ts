import { expect, it } from 'vitest'
import { parseOptions } from '../src/options.ts'

const NAMES = ['idle', 'drain']

it('runs everything at full size by default', () => {
  const { seed, ...others } = parseOptions([], NAMES)
  expect(Number.isSafeInteger(seed)).toBe(true)
  expect(others).toEqual({ only: [], short: false, list: false, json: undefined })
})

it('takes names and a seed', () => {
  expect(parseOptions(['--only', 'idle,drain', '--seed', '7', '--short'], NAMES)).toMatchObject({
    only: ['idle', 'drain'],
    seed: 7,
    short: true,
  })
})

it.each([[['--only', 'idel']], [['--seed', 'x']], [['--fast']]])('refuses %j', (args) => {
  expect(() => parseOptions(args, NAMES)).toThrow(TypeError)
})
