import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Inbox, type Received } from '../../src/connection/inbox.ts'

function createInbox(messages: number, bytes: number) {
  const gate = {
    calls: [] as string[],
    pause: () => void gate.calls.push('pause'),
    resume: () => void gate.calls.push('resume'),
  }
  return { inbox: new Inbox({ messages, bytes }, gate), gate }
}

function drain(inbox: Inbox): Received[] {
  const taken: Received[] = []
  for (let message = inbox.shift(); message !== undefined; message = inbox.shift()) taken.push(message)
  return taken
}

describe('Inbox', () => {
  it('gives messages in the order in which they came, the empty ones too', () => {
    const { inbox } = createInbox(100, 1_000)
    const messages = ['a', '', Buffer.from('b'), Buffer.alloc(0), 'c']
    for (const message of messages) inbox.push(message)
    expect(inbox.size).toBe(5)
    expect(drain(inbox)).toEqual(messages)
    expect(inbox.size).toBe(0)
    expect(inbox.shift()).toBeUndefined()
  })

  it('pauses at its bound of messages, once, and resumes when half is taken', () => {
    const { inbox, gate } = createInbox(4, 1_000)
    for (const message of ['1', '2', '3']) inbox.push(message)
    expect(gate.calls).toEqual([])
    inbox.push('4')
    inbox.push('5')
    expect(gate.calls).toEqual(['pause'])
    inbox.shift()
    inbox.shift()
    expect(gate.calls).toEqual(['pause'])
    inbox.shift()
    expect(gate.calls).toEqual(['pause', 'resume'])
  })

  it('pauses at its bound of bytes', () => {
    const { inbox, gate } = createInbox(100, 10)
    inbox.push('12345')
    inbox.push(Buffer.alloc(5))
    expect(gate.calls).toEqual(['pause'])
    inbox.shift()
    expect(gate.calls).toEqual(['pause', 'resume'])
  })

  it('takes one message that is larger than the bound', () => {
    const { inbox, gate } = createInbox(100, 10)
    inbox.push('x'.repeat(1_000))
    expect(gate.calls).toEqual(['pause'])
    inbox.shift()
    expect(gate.calls).toEqual(['pause', 'resume'])
  })

  it('with a bound of one, waits for each message to be taken', () => {
    const { inbox, gate } = createInbox(1, 1_000)
    for (let round = 1; round <= 3; round++) {
      inbox.push('x')
      expect(gate.calls.length).toBe(2 * round - 1)
      inbox.shift()
      expect(gate.calls.length).toBe(2 * round)
    }
  })

  it('resumes when it is cleared', () => {
    const { inbox, gate } = createInbox(1, 1)
    inbox.push('x')
    inbox.clear()
    expect(inbox.size).toBe(0)
    expect(gate.calls).toEqual(['pause', 'resume'])
  })

  it('keeps order, size and gate right whatever comes and goes', () => {
    const steps = fc.array(
      fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.constantFrom(null, undefined),
        fc.nat(20).map((size) => Buffer.alloc(size)),
      ),
      { maxLength: 400 },
    )
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 200 }),
        (given, messages, bytes) => {
          const { inbox, gate } = createInbox(messages, bytes)
          const model: Received[] = []
          for (const step of given) {
            // `null` takes one message, `undefined` all of them.
            if (step === null) expect(inbox.shift()).toBe(model.shift())
            else if (step === undefined) expect(drain(inbox)).toEqual(model.splice(0))
            else model.push(step)
            if (step != null) inbox.push(step)
            const held = model.reduce((sum, message) => sum + message.length, 0)
            expect(inbox.size).toBe(model.length)
            const isPaused = gate.calls.length % 2 === 1
            if (model.length >= messages || held >= bytes) expect(isPaused).toBe(true)
            if (model.length * 2 <= messages && held * 2 <= bytes) expect(isPaused).toBe(false)
          }
          expect(gate.calls).toEqual(gate.calls.map((_, index) => (index % 2 === 0 ? 'pause' : 'resume')))
        },
      ),
    )
  })

  it('holds a long queue without slowing down or mixing it up', () => {
    const { inbox } = createInbox(1_000_000, 1_000_000_000)
    for (let count = 0; count < 200_000; count++) {
      inbox.push(String(count))
      if (count >= 5_000) expect(inbox.shift()).toBe(String(count - 5_000))
    }
    expect(inbox.size).toBe(5_000)
  })
})
