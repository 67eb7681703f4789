import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../src/connection/codec.ts'
import type { MessageRateLimit } from '../../src/connection/limits.ts'
import { MessageRate } from '../../src/connection/message-rate.ts'
import type { Sendable } from '../../src/connection/sendable.ts'
import { timerQueueOf } from '../../src/timer-queue.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function setUp(limit: Partial<MessageRateLimit> = {}, codec = jsonCodec) {
  const clock = new VirtualClock()
  const told: string[] = []
  const owner = {
    codec,
    failPeer: (code: number, reason: string) => void told.push(`${code} ${reason}`),
    trySend: (answer: Sendable) => void told.push(String(answer)),
    pauseReading: () => void told.push('pause'),
    resumeReading: () => void told.push('resume'),
  }
  const settings: MessageRateLimit = { rps: 10, burst: 3, per: 'message', action: 'drop', ...limit }
  const rate = new MessageRate(owner, settings, clock, timerQueueOf(clock))
  const admitted = (count: number) => Array.from({ length: count }, () => rate.admits(1)).filter(Boolean).length
  return { clock, told, rate, admitted }
}

describe('MessageRate', () => {
  it('MS-05 lets a burst pass, then as many as come back', () => {
    const { clock, admitted, told } = setUp()
    expect(admitted(10)).toBe(3)
    clock.advance(99)
    expect(admitted(10)).toBe(0)
    clock.advance(1)
    expect(admitted(10)).toBe(1)
    clock.advance(250)
    expect(admitted(10)).toBe(2)
    clock.advance(60_000)
    expect(admitted(10)).toBe(3)
    expect(told).toEqual([])
  })

  it('MS-05 lets 100 of 1,000 messages in a second pass at a limit of 100 without a burst', () => {
    const { clock, rate } = setUp({ rps: 100, burst: 1 })
    let passed = 0
    for (let count = 0; count < 1_000; count++) {
      if (rate.admits(1)) passed++
      clock.advance(1)
    }
    expect(passed).toBe(100)
  })

  it('closes with 1008', () => {
    const { admitted, told } = setUp({ action: 'close' })
    expect(admitted(4)).toBe(3)
    expect(told).toEqual(['1008 Rate limit exceeded'])
  })

  it('closes where its codec cannot write the answer', () => {
    const encode = () => {
      throw new Error('knows readings only')
    }
    const { admitted, told } = setUp({ action: 'reply' }, { ...jsonCodec, encode })
    expect(admitted(4)).toBe(3)
    expect(told).toEqual(['1008 Rate limit exceeded'])
  })

  it('answers with the time to wait', () => {
    const { clock, admitted, told } = setUp({ action: 'reply' })
    admitted(3)
    clock.advance(0.5)
    admitted(1)
    expect(told.map((text) => JSON.parse(text))).toEqual([{ type: 'error', code: 'rate_limited', retryAfterMs: 100 }])
  })

  it('throttles: what has arrived passes, and the next is read when there is a token', () => {
    const { clock, rate, told } = setUp({ action: 'throttle' })
    for (let count = 0; count < 3; count++) expect(rate.admits(1)).toBe(true)
    expect(told).toEqual(['pause'])
    clock.advance(99)
    expect(told).toEqual(['pause'])
    clock.advance(1)
    expect(told).toEqual(['pause', 'resume'])
    rate.admits(1)
    clock.advance(100)
    expect(told).toEqual(['pause', 'resume', 'pause', 'resume'])
    clock.advance(300)
    rate.admits(1)
    expect(told.at(-1)).toBe('resume')
  })

  it('MS-05 counts bytes, and takes no message for free', () => {
    const { clock, rate } = setUp({ per: 'byte', rps: 1_000, burst: 10 })
    expect(rate.admits(6)).toBe(true)
    expect(rate.admits(5)).toBe(false)
    expect(rate.admits(4)).toBe(true)
    expect(rate.admits(0)).toBe(false)
    expect(rate.admits(0)).toBe(false)
    clock.advance(1)
    expect(rate.admits(0)).toBe(true)
    expect(rate.admits(0)).toBe(false)
  })

  it('lets a message of more bytes than the burst pass a full bucket only', () => {
    const { clock, rate } = setUp({ per: 'byte', rps: 1_000, burst: 10 })
    expect(rate.admits(100)).toBe(true)
    clock.advance(99)
    expect(rate.admits(100)).toBe(false)
    clock.advance(1)
    expect(rate.admits(100)).toBe(true)
  })

  it('throttles bytes: a large message is paid for before the next is read', () => {
    const { clock, rate, told } = setUp({ per: 'byte', rps: 1_000, burst: 10, action: 'throttle' })
    rate.admits(1_000)
    clock.advance(990)
    expect(told).toEqual(['pause'])
    clock.advance(1)
    expect(told).toEqual(['pause', 'resume'])
  })

  it('leaves no timer when it is stopped', () => {
    const { clock, rate, told } = setUp({ action: 'throttle' })
    for (let count = 0; count < 3; count++) rate.admits(1)
    rate.stop()
    expect(clock.delays).toEqual([])
    clock.advance(1_000)
    expect(told).toEqual(['pause'])
  })
})
