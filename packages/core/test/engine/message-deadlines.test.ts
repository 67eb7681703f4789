import { describe, expect, it } from 'vitest'
import { deadlinesOf, MessageDeadlines } from '../../src/engine/message-deadlines.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function setUp() {
  const clock = new VirtualClock()
  const late: string[] = []
  const reader = (name: string) => ({ messageOnLate: () => void late.push(name) })
  return { clock, late, reader, deadlines: new MessageDeadlines(clock, 1_000) }
}

describe('MessageDeadlines', () => {
  it('PR-05 tells each reader when its own time is up, with one timer for all', () => {
    const { clock, late, reader, deadlines } = setUp()
    for (let count = 0; count < 5; count++) {
      deadlines.begin(reader(`reader ${count}`))
      expect(clock.delays).toHaveLength(1)
      clock.advance(100)
    }
    clock.advance(499)
    expect(late).toEqual([])
    clock.advance(1)
    expect(late).toEqual(['reader 0'])
    clock.advance(250)
    expect(late).toEqual(['reader 0', 'reader 1', 'reader 2'])
    expect(clock.delays).toHaveLength(1)
    clock.advance(1_000)
    expect(late).toHaveLength(5)
    expect(clock.delays).toEqual([])
  })

  it('gives a message that follows another its own time', () => {
    const { clock, late, reader, deadlines } = setUp()
    const [busy, slow] = [reader('busy'), reader('slow')]
    deadlines.begin(busy)
    deadlines.begin(slow)
    clock.advance(600)
    deadlines.begin(busy)
    clock.advance(400)
    expect(late).toEqual(['slow'])
    clock.advance(600)
    expect(late).toEqual(['slow', 'busy'])
  })

  it('leaves no timer behind', () => {
    const { clock, late, reader, deadlines } = setUp()
    const [one, two] = [reader('one'), reader('two')]
    deadlines.begin(one)
    deadlines.begin(two)
    deadlines.end(one)
    expect(clock.delays).toHaveLength(1)
    deadlines.end(two)
    deadlines.end(two)
    expect(clock.delays).toEqual([])
    clock.advance(10_000)
    expect(late).toEqual([])
  })

  it('takes readers that begin or end while it tells another', () => {
    const { clock, late, reader, deadlines } = setUp()
    const other = reader('other')
    deadlines.begin({
      messageOnLate() {
        late.push('first')
        deadlines.end(other)
        deadlines.begin(reader('next'))
      },
    })
    deadlines.begin(other)
    clock.advance(1_000)
    expect(late).toEqual(['first'])
    expect(clock.delays).toEqual([1_000])
    clock.advance(1_000)
    expect(late).toEqual(['first', 'next'])
  })
})

it('connections with one limit on one clock share their deadlines', () => {
  const [clock, other] = [new VirtualClock(), new VirtualClock()]
  expect(deadlinesOf(clock, 1_000)).toBe(deadlinesOf(clock, 1_000))
  expect(deadlinesOf(clock, 2_000)).not.toBe(deadlinesOf(clock, 1_000))
  expect(deadlinesOf(other, 1_000)).not.toBe(deadlinesOf(clock, 1_000))
})
