import { describe, expect, it } from 'vitest'
import { TurnClock, turnClockOf } from '../src/turn-clock.ts'
import { VirtualClock } from './support/virtual-clock.ts'

describe('TurnClock', () => {
  it('reads the clock once a turn', async () => {
    const clock = new VirtualClock()
    const turnClock = new TurnClock(clock)
    expect(turnClock.now()).toBe(0)
    clock.advance(10)
    expect(turnClock.now()).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(turnClock.now()).toBe(10)
  })

  it('is one for each clock', () => {
    const clock = new VirtualClock()
    expect(turnClockOf(clock)).toBe(turnClockOf(clock))
    expect(turnClockOf(new VirtualClock())).not.toBe(turnClockOf(clock))
  })
})
