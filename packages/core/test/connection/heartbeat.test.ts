import { describe, expect, it } from 'vitest'
import { Heartbeat } from '../../src/connection/heartbeat.ts'
import { timerQueueOf } from '../../src/timer-queue.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** More turns than the heartbeat waits before its verdict. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve))
}

function setUp(limits = { interval: 1_000, timeout: 300 }) {
  const clock = new VirtualClock()
  const transport = { signsOfLife: 0, isReading: true }
  const told: string[] = []
  const owner = {
    answers: false,
    heartbeatOnDue: () => {
      told.push('ping')
      if (owner.answers) transport.signsOfLife++
    },
    heartbeatOnSilence: () => void told.push('silence'),
  }
  const heartbeat = new Heartbeat(owner, transport, limits, timerQueueOf(clock))
  return { clock, transport, owner, told, heartbeat }
}

describe('Heartbeat', () => {
  it('pings once in each interval, up to a tenth earlier', async () => {
    const { clock, owner, told } = setUp()
    owner.answers = true
    clock.advance(899)
    expect(told).toEqual([])
    clock.advance(101)
    expect(told).toEqual(['ping'])
    for (let count = 0; count < 100; count++) clock.advance(1_000)
    expect(told.length).toBeGreaterThanOrEqual(101)
    expect(told.length).toBeLessThanOrEqual(113)
  })

  it('pings of connections that opened together are spread', () => {
    const clock = new VirtualClock()
    const pingedAt = new Set<number>()
    for (let count = 0; count < 1_000; count++) {
      const owner = { heartbeatOnDue: () => void pingedAt.add(clock.now()), heartbeatOnSilence: () => {} }
      const limits = { interval: 25_000, timeout: 10_000 }
      new Heartbeat(owner, { signsOfLife: 0, isReading: true }, limits, timerQueueOf(clock))
    }
    expect(clock.delays).toHaveLength(1)
    clock.advance(25_000)
    expect(pingedAt.size).toBeGreaterThan(500)
    expect(Math.min(...pingedAt)).toBeGreaterThanOrEqual(22_500)
  })

  it('PR-15 notices a silent peer within interval and timeout', async () => {
    const { clock, told } = setUp()
    clock.advance(1_000)
    await turns()
    clock.advance(300)
    await turns()
    expect(told).toEqual(['ping', 'silence'])
    clock.advance(100_000)
    await turns()
    expect(told).toEqual(['ping', 'silence'])
    expect(clock.delays).toEqual([])
  })

  it('takes whatever arrives for a sign of life', async () => {
    const { clock, transport, told } = setUp()
    for (let count = 0; count < 10; count++) {
      clock.advance(1_000)
      transport.signsOfLife++
      await turns()
    }
    expect(told).not.toContain('silence')
  })

  it('does not take for one what came before the ping', async () => {
    const { clock, transport, told } = setUp()
    transport.signsOfLife++
    clock.advance(1_000)
    clock.advance(300)
    await turns()
    expect(told).toEqual(['ping', 'silence'])
  })

  it('judges only after what has come meanwhile was read', async () => {
    const { clock, transport, told } = setUp()
    clock.advance(1_300)
    setImmediate(() => transport.signsOfLife++)
    await turns()
    expect(told).not.toContain('silence')
    clock.advance(1_300)
    await turns()
    expect(told.at(-1)).toBe('silence')
  })

  it('counts the time from the first ping that nothing came after, where the timeout is longer than the interval', async () => {
    const { clock, told } = setUp({ interval: 1_000, timeout: 2_500 })
    clock.advance(1_000)
    clock.advance(2_399)
    await turns()
    expect(told.every((what) => what === 'ping')).toBe(true)
    expect(told.length).toBeGreaterThanOrEqual(3)
    clock.advance(101)
    await turns()
    expect(told.at(-1)).toBe('silence')
  })

  it('MS-13 spares a peer that is not read, pings on, and gives it all its time afterwards', async () => {
    const { clock, transport, told } = setUp()
    transport.isReading = false
    for (let count = 0; count < 10; count++) {
      clock.advance(1_000)
      await turns()
    }
    expect(told.length).toBeGreaterThanOrEqual(8)
    expect(told).not.toContain('silence')
    transport.isReading = true
    transport.signsOfLife++
    clock.advance(299)
    await turns()
    expect(told).not.toContain('silence')
    clock.advance(1_300)
    await turns()
    clock.advance(300)
    await turns()
    expect(told.at(-1)).toBe('silence')
  })

  it('is stopped for good, also between deadline and verdict', async () => {
    const { clock, told, heartbeat } = setUp()
    clock.advance(1_300)
    heartbeat.stop()
    await turns()
    clock.advance(10_000)
    expect(told).toEqual(['ping'])
    expect(clock.delays).toEqual([])
  })
})
