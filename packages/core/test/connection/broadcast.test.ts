import { describe, expect, it } from 'vitest'
import { broadcast } from '../../src/connection/broadcast.ts'
import { PreparedMessage, prepareMessage } from '../../src/connection/prepared-message.ts'
import type { SendOutcome } from '../../src/connection/sender.ts'

function createRecipient(outcome: SendOutcome) {
  const sent: PreparedMessage[] = []
  return {
    sent,
    trySend(message: PreparedMessage) {
      sent.push(message)
      return outcome
    },
  }
}

describe('broadcast', () => {
  it('sends one prepared message to all, and says how many got it', () => {
    const recipients = (['ok', 'backpressure', 'dropped', 'ok'] as const).map(createRecipient)
    expect(broadcast(recipients, 'hello')).toEqual({ sent: 3, dropped: 1 })
    const messages = new Set(recipients.flatMap(({ sent }) => sent))
    expect(messages.size).toBe(1)
    expect([...messages][0]).toMatchObject({ payload: 'hello' })
  })

  it('leaves one out', () => {
    const [a, b] = [createRecipient('ok'), createRecipient('ok')]
    expect(broadcast([a, b], Buffer.from('x'), { except: a })).toEqual({ sent: 1, dropped: 0 })
    expect(a.sent).toEqual([])
  })

  it('reaches nobody without an error', () => {
    expect(broadcast([], 'x')).toEqual({ sent: 0, dropped: 0 })
  })

  it('MS-21 refuses junk before anyone gets anything', () => {
    const recipient = createRecipient('ok')
    for (const junk of [undefined, {}, 1n]) {
      expect(() => broadcast([recipient], junk as never)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }),
      )
      expect(() => prepareMessage(junk as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }))
    }
    expect(recipient.sent).toEqual([])
  })

  it('prepares a message as it is', () => {
    const message = prepareMessage(new Uint16Array([0x0201]))
    expect(message).toBeInstanceOf(PreparedMessage)
    expect(message.payload).toEqual(new Uint8Array([1, 2]))
    expect(message.frame).toBeNull()
  })
})
