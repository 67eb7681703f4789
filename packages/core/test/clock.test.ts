import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const DAY = 86_400_000

  it('calls back once, after the delay', () => {
    let calls = 0
    systemClock.setTimeout(() => calls++, 500)
    vi.advanceTimersByTime(499)
    expect(calls).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(calls).toBe(1)
  })

  it('AU-13 waits longer than a timer of Node can', () => {
    let calls = 0
    systemClock.setTimeout(() => calls++, 60 * DAY)
    vi.advanceTimersByTime(60 * DAY - 1)
    expect(calls).toBe(0)
    vi.advanceTimersByTime(1)
    expect(calls).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('cancels a timer, also one that has been armed again', () => {
    let calls = 0
    const timers = [systemClock.setTimeout(() => calls++, 5), systemClock.setTimeout(() => calls++, 60 * DAY)]
    vi.advanceTimersByTime(4)
    timers[0]?.cancel()
    vi.advanceTimersByTime(30 * DAY)
    timers[1]?.cancel()
    timers[1]?.cancel()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(60 * DAY)
    expect(calls).toBe(0)
  })

  it('RL-08 has a monotonic time beside that of the wall', () => {
    const before = systemClock.now()
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
    expect(systemClock.wallTime()).toBe(Date.now())
  })
})

it('the system clock keeps no process alive', () => {
  const timersOfProcess = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timersOfProcess()
  const timer = systemClock.setTimeout(() => {}, 60_000)
  expect(timersOfProcess()).toBe(before)
  timer.cancel()
})
