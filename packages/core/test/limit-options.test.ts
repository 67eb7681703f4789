import { describe, expect, it } from 'vitest'
import { resolveLimits } from '../src/limit-options.ts'

describe('the limits of a route', () => {
  it('have a message rate only where one is given', () => {
    expect(resolveLimits([]).messageRate).toBeNull()
    expect(resolveLimits([{ messageRate: { rate: 5 } }, { messageRate: false }]).messageRate).toBeNull()
  })

  it('count messages and close, unless something else is said', () => {
    const { messageRate } = resolveLimits([{ messageRate: { rate: 5 } }])
    expect(messageRate).toEqual({ rps: 5, burst: 5, per: 'message', action: 'close' })
    expect(Object.isFrozen(messageRate)).toBe(true)
    expect(resolveLimits([{ messageRate: { rate: 0.2 } }]).messageRate).toMatchObject({ burst: 1 })
  })

  it('let the largest message pass a full bucket of bytes', () => {
    const burstOf = (rate: number) => resolveLimits([{ messageRate: { rate, per: 'byte' } }]).messageRate?.burst
    expect(burstOf(10)).toBe(1_048_576)
    expect(burstOf(2_000_000)).toBe(2_000_000)
    expect(resolveLimits([{ maxMessageSize: 50, messageRate: { rate: 10, per: 'byte' } }]).messageRate?.burst).toBe(50)
  })

  it('take a rate as a whole from the innermost: its parts belong together', () => {
    const layers = [{ messageRate: { rate: 5, per: 'byte', action: 'drop' } as const }, { messageRate: { rate: 7 } }]
    expect(resolveLimits(layers).messageRate).toEqual({ rps: 7, burst: 7, per: 'message', action: 'close' })
    expect(resolveLimits([{ controlFrameRate: { rate: 5 } }]).controlFrameRate).toEqual({ rps: 5, burst: 5 })
    expect(resolveLimits([{ controlFrameRate: false }]).controlFrameRate).toBeNull()
  })

  it('merge the parts of a heartbeat, and take false for none', () => {
    const heartbeatOf = (...layers: Parameters<typeof resolveLimits>[0]) => resolveLimits(layers).heartbeat
    expect(heartbeatOf({ heartbeat: { interval: 5 } }, {}, { heartbeat: { timeout: 3 } })).toEqual({
      interval: 5,
      timeout: 3,
    })
    expect(heartbeatOf({ heartbeat: { interval: 5 } }, { heartbeat: false }, {})).toBeNull()
    expect(heartbeatOf({ heartbeat: false }, { heartbeat: { timeout: 3 } })).toEqual({ interval: 25_000, timeout: 3 })
  })

  it('have an idle timeout only where one is given', () => {
    expect(resolveLimits([{ idleTimeout: 5 }]).idleTimeout).toBe(5)
    expect(resolveLimits([{ idleTimeout: 5 }, { idleTimeout: false }]).idleTimeout).toBeNull()
  })
})
