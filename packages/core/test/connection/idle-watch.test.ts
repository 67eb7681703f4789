import { describe, expect, it } from 'vitest'
import { IdleWatch } from '../../src/connection/idle-watch.ts'
import { timerQueueOf } from '../../src/timer-queue.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function setUp() {
  const clock = new VirtualClock()
  const owner = { isBehind: false, timeouts: 0, idleOnTimeout: () => void owner.timeouts++ }
  return { clock, owner, watch: new IdleWatch(owner, 1_000, clock, timerQueueOf(clock)) }
}

describe('IdleWatch', () => {
  it('PR-16 tells once the last message is so long ago', () => {
    const { clock, owner, watch } = setUp()
    clock.advance(400)
    watch.noteMessage()
    clock.advance(999)
    expect(owner.timeouts).toBe(0)
    clock.advance(1)
    expect(owner.timeouts).toBe(1)
    clock.advance(10_000)
    expect(owner.timeouts).toBe(1)
    expect(clock.delays).toEqual([])
  })

  it('has one timer, however many messages there are', () => {
    const { clock, watch } = setUp()
    for (let count = 0; count < 100; count++) {
      clock.advance(1)
      watch.noteMessage()
      expect(clock.delays).toHaveLength(1)
    }
  })

  it('waits while messages of the peer wait here', () => {
    const { clock, owner } = setUp()
    owner.isBehind = true
    clock.advance(5_000)
    expect(owner.timeouts).toBe(0)
    owner.isBehind = false
    clock.advance(1_000)
    expect(owner.timeouts).toBe(1)
  })

  it('leaves no timer when it is stopped', () => {
    const { clock, owner, watch } = setUp()
    watch.stop()
    expect(clock.delays).toEqual([])
    clock.advance(5_000)
    expect(owner.timeouts).toBe(0)
  })
})
