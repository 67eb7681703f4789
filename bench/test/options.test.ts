import { describe, expect, it } from 'vitest'
import { parseOptions } from '../src/options.ts'

describe('parseOptions', () => {
  it('has defaults that make a full run', () => {
    expect(parseOptions([])).toEqual({
      only: [],
      peers: [],
      against: undefined,
      rounds: 5,
      seconds: 2,
      generator: 'native',
      json: undefined,
      svg: undefined,
      readme: false,
      from: undefined,
      smoke: false,
      help: false,
    })
  })

  it('reads lists and numbers', () => {
    const options = parseOptions([
      '--only',
      'echo, handshake',
      '--peers=ws,sluice',
      '--rounds',
      '7',
      '--seconds',
      '0.5',
    ])
    expect(options).toMatchObject({ only: ['echo', 'handshake'], peers: ['ws', 'sluice'], rounds: 7, seconds: 0.5 })
  })

  it.each([
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--rounds', 'many'],
    ['--seconds', '-1'],
    ['--seconds', '11'],
    ['--generator', 'wrk'],
  ])('refuses %s %s and names the option', (name, value) => {
    expect(() => parseOptions([name, value])).toThrow(name)
  })

  it('refuses an option that it does not know', () => {
    expect(() => parseOptions(['--round', '3'])).toThrow('--round')
  })
})
