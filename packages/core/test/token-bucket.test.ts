import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeToken, waitForToken } from '../src/token-bucket.ts'

describe('a token bucket', () => {
  it('MS-06 is exact to one token, whatever comes when and costs how much', () => {
    const request = fc.record({ pause: fc.nat(200), cost: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(request, { minLength: 1, maxLength: 10_000, size: 'large' }),
        (period, burst, requests) => {
          const rate = { rps: 1_000 / period, burst }
          let fullAt = 0
          let now = 0
          // The model counts milliseconds' worth of tokens, which are whole numbers.
          let credit = burst * period
          for (const { pause, cost } of requests) {
            now += pause
            credit = Math.min(burst * period, credit + pause)
            const missing = Math.min(cost, burst) * period - credit
            const wait = waitForToken(fullAt, now, rate, cost)
            expect(wait).toBeCloseTo(Math.max(0, missing), 3)
            expect(wait === 0).toBe(missing <= 0)
            if (wait > 0) continue
            fullAt = takeToken(fullAt, now, rate, cost)
            credit -= cost * period
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('gives what it promises: the next token is there when its time has come, and no millisecond earlier', () => {
    const rate = { rps: 3, burst: 2 }
    let fullAt = takeToken(takeToken(0, 0, rate), 0, rate)
    const wait = waitForToken(fullAt, 0, rate)
    expect(wait).toBeCloseTo(1_000 / 3)
    expect(waitForToken(fullAt, wait - 1, rate)).toBeGreaterThan(0)
    expect(waitForToken(fullAt, wait, rate)).toBe(0)
    fullAt = takeToken(fullAt, wait, rate)
    expect(waitForToken(fullAt, wait, rate)).toBeCloseTo(1_000 / 3)
  })

  it('lets more than it holds pass when it is full, and waits until that has come back', () => {
    const rate = { rps: 1_000, burst: 10 }
    expect(waitForToken(0, 0, rate, 25)).toBe(0)
    const fullAt = takeToken(0, 0, rate, 25)
    expect(waitForToken(fullAt, 0, rate)).toBe(16)
    expect(waitForToken(fullAt, 0, rate, 25)).toBe(25)
  })
})
