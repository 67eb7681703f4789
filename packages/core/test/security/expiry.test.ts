import { describe, expect, it, vi } from 'vitest'
import { watchExpiry } from '../../src/security/expiry.ts'
import { ManualClock } from './fixtures.ts'

const DAY = 86_400_000

function setUp(lifetime: number, { grace = 0, spread = 0 } = {}) {
  const clock = new ManualClock()
  const onExpired = vi.fn()
  const timer = watchExpiry({ clock, expiresAt: clock.wallTime() + lifetime, grace, spread, onExpired })
  return { clock, onExpired, timer }
}

describe('watchExpiry', () => {
  it('AU-12 fires when the credentials have expired and their grace is over', () => {
    const { clock, onExpired } = setUp(2_000, { grace: 25_000 })
    clock.advance(26_999)
    expect(onExpired).not.toHaveBeenCalled()
    clock.advance(1)
    expect(onExpired).toHaveBeenCalledOnce()
    expect(clock.timers).toBe(0)
  })

  it.each([30, 365])('AU-13 stays quiet for credentials of %s days, beyond the range of a timer', (days) => {
    const { clock, onExpired } = setUp(days * DAY)
    clock.advance(days * DAY - 1)
    expect(onExpired).not.toHaveBeenCalled()
    clock.advance(1)
    expect(onExpired).toHaveBeenCalledOnce()
  })

  it('AU-13 never asks for a timer that Node cannot set', () => {
    const clock = new ManualClock()
    const setTimeout = vi.spyOn(clock, 'setTimeout')
    watchExpiry({ clock, expiresAt: Number.MAX_SAFE_INTEGER, grace: 0, onExpired: () => {} })
    expect(setTimeout.mock.lastCall?.[1]).toBeLessThan(2 ** 31)
  })

  it('follows the wall clock when it is set while waiting', () => {
    const late = setUp(2 * 3_600_000)
    late.clock.setWallTime(late.clock.wallTime() + DAY)
    late.clock.advance(3_600_000)
    expect(late.onExpired).toHaveBeenCalledOnce()

    const early = setUp(60_000)
    early.clock.setWallTime(early.clock.wallTime() - 30_000)
    early.clock.advance(60_000)
    expect(early.onExpired).not.toHaveBeenCalled()
    early.clock.advance(30_000)
    expect(early.onExpired).toHaveBeenCalledOnce()
  })

  it('fires at once for what has expired already, but never within the call', () => {
    const { clock, onExpired } = setUp(-1_000)
    expect(onExpired).not.toHaveBeenCalled()
    clock.advance(0)
    expect(onExpired).toHaveBeenCalledOnce()
  })

  it('can be cancelled, also after it was armed again', () => {
    const { clock, onExpired, timer } = setUp(30 * DAY)
    clock.advance(20 * DAY)
    timer.cancel()
    clock.advance(20 * DAY)
    expect(onExpired).not.toHaveBeenCalled()
    expect(clock.timers).toBe(0)
  })

  it('AU-14 spreads what expires together', () => {
    const clock = new ManualClock()
    const fired: number[] = []
    const start = clock.now()
    for (let index = 0; index < 5_000; index++) {
      const onExpired = () => void fired.push(clock.now() - start)
      watchExpiry({ clock, expiresAt: clock.wallTime() + 1_000, grace: 0, spread: 1_000, onExpired })
    }
    for (let step = 0; step < 20; step++) clock.advance(100)
    const tenths = new Map<number, number>()
    for (const time of fired) tenths.set(Math.floor(time / 100), (tenths.get(Math.floor(time / 100)) ?? 0) + 1)
    expect(fired).toHaveLength(5_000)
    expect(Math.min(...fired)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...tenths.values())).toBeLessThan(700)
  })
})
