import { describe, expect, it } from 'vitest'
import { fuzzHandshakes } from '../../fuzz/fuzz-handshakes.ts'

describe('fuzzed handshakes', () => {
  it('HS-20 are answered with 101, 400 or 426, and never with a throw', { timeout: 60_000 }, () => {
    const report = fuzzHandshakes(40_000, 1)
    expect(report.handshakes).toBe(40_000)
    expect([...report.statuses.keys()].sort()).toEqual([101, 400, 426])
  })
})
