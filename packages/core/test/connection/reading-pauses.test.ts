import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PauseReason, ReadingPauses } from '../../src/connection/reading-pauses.ts'

function setUp() {
  const calls: string[] = []
  const pauses = new ReadingPauses({ pause: () => void calls.push('pause'), resume: () => void calls.push('resume') })
  return { calls, pauses }
}

const REASONS: readonly PauseReason[] = ['inbox', 'rate']

describe('ReadingPauses', () => {
  it('reads on when the last reason is gone', () => {
    const { calls, pauses } = setUp()
    pauses.pause('inbox')
    pauses.pause('rate')
    pauses.resume('inbox')
    expect(calls).toEqual(['pause'])
    pauses.resume('rate')
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('counts a reason once, however often it is given', () => {
    const { calls, pauses } = setUp()
    pauses.pause('rate')
    pauses.pause('rate')
    pauses.resume('rate')
    pauses.resume('rate')
    pauses.resume('inbox')
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('is paused exactly while there is a reason', () => {
    const step = fc.record({ reason: fc.constantFrom(...REASONS), isPause: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { calls, pauses } = setUp()
        const reasons = new Set<string>()
        for (const { reason, isPause } of steps) {
          if (isPause) reasons.add(reason)
          else reasons.delete(reason)
          pauses[isPause ? 'pause' : 'resume'](reason)
          expect(pauses.isPaused).toBe(reasons.size > 0)
          expect(calls.at(-1) === 'pause').toBe(reasons.size > 0)
        }
        // They alternate: no call is made twice.
        calls.forEach((call, index) => void expect(call).toBe(index % 2 === 0 ? 'pause' : 'resume'))
      }),
    )
  })
})
