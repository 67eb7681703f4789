import { describe, expect, it } from 'vitest'
import { ClosingHandshake } from '../../src/engine/closing-handshake.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { HeldStream } from './support/held-stream.ts'

function setUp() {
  const stream = new HeldStream()
  const clock = new VirtualClock()
  return { stream, clock, closing: new ClosingHandshake(stream, clock, 5_000) }
}

describe('ClosingHandshake', () => {
  it('is finished when both sides have sent a close frame', () => {
    const { closing } = setUp()
    expect(closing.isFinished).toBe(false)
    closing.sent('server')
    expect(closing.isFinished).toBe(false)
    closing.received(4000, 'bye')
    expect(closing.isFinished).toBe(true)
    expect(closing.end()).toEqual({ code: 4000, reason: 'bye', wasClean: true, initiator: 'server' })
  })

  it('remembers who began', () => {
    const { closing } = setUp()
    closing.received(4000, '')
    closing.sent('server')
    closing.cut()
    expect(closing.end()).toEqual({ code: 4000, reason: '', wasClean: true, initiator: 'client' })
  })

  it('is finished without an answer where none is awaited', () => {
    const { closing } = setUp()
    closing.failed(1007, 'Invalid UTF-8')
    closing.sent('protocol')
    expect(closing.isFinished).toBe(true)
    expect(closing.end()).toEqual({ code: 1007, reason: 'Invalid UTF-8', wasClean: false, initiator: 'protocol' })
  })

  it.each(['sent', 'received', 'failed', 'peerLeft'] as const)('PR-13 ends the stream in time once %s', (step) => {
    const { closing, clock, stream } = setUp()
    if (step === 'sent') closing.sent('server')
    else if (step === 'peerLeft') closing.peerLeft()
    else closing[step](4000, '')
    clock.advance(4_999)
    expect(stream.destroyed).toBe(false)
    clock.advance(1)
    expect(stream.destroyed).toBe(true)
    closing.end()
    expect(clock.delays).toEqual([])
  })

  it('is nobody’s doing when the stream just ends', () => {
    const { closing, clock } = setUp()
    expect(closing.end()).toEqual({ code: 1006, reason: '', wasClean: false, initiator: 'network' })
    expect(clock.delays).toEqual([])
  })
})
