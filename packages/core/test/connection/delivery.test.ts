import { describe, expect, it } from 'vitest'
import { type Consumer, Delivery } from '../../src/connection/delivery.ts'
import { Inbox, type Received } from '../../src/connection/inbox.ts'
import { SENT } from '../../src/connection/sendable.ts'
import type { CloseEvent } from '../../src/connection/transport.ts'

const END: CloseEvent = { code: 1000, reason: '', wasClean: true, initiator: 'client' }

/** A consumer that notes what it is told, and answers with what the test gives for each message. */
function createDelivery(answers: Record<string, () => unknown> = {}) {
  const told: string[] = []
  const consumer: Consumer = {
    message(message) {
      told.push(`message ${message}`)
      return answers[String(message)]?.()
    },
    failed: (error) => void told.push(`failed ${String(error)}`),
    ended: ({ code }) => void told.push(`ended ${code}`),
  }
  const inbox = new Inbox({ messages: 100, bytes: 1_000 }, { pause() {}, resume() {} })
  const delivery = new Delivery(consumer, inbox)
  const arrive = (message: Received) => {
    if (!delivery.offer(message)) inbox.push(message)
  }
  return { told, inbox, delivery, arrive }
}

const turn = () => new Promise(setImmediate)

describe('Delivery', () => {
  it('hands over each message as it arrives', () => {
    const { told, arrive } = createDelivery()
    for (const message of ['a', '', 'b']) arrive(message)
    expect(told).toEqual(['message a', 'message ', 'message b'])
  })

  it('begins with what waits', () => {
    const { told, inbox, delivery, arrive } = createDelivery()
    inbox.push('a')
    inbox.push('b')
    delivery.run()
    arrive('c')
    expect(told).toEqual(['message a', 'message b', 'message c'])
  })

  it('waits for a promise before the next message: calls never overlap', async () => {
    const first = Promise.withResolvers<void>()
    const { told, arrive, inbox } = createDelivery({ a: () => first.promise, b: async () => {} })
    for (const message of ['a', 'b', 'c']) arrive(message)
    expect(told).toEqual(['message a'])
    expect(inbox.size).toBe(2)
    first.resolve()
    await turn()
    expect(told).toEqual(['message a', 'message b', 'message c'])
  })

  it('waits for anything that has a then', async () => {
    let settle: () => void = () => {}
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: a promise of another make
      then(resolve: () => void) {
        settle = resolve
      },
    }
    const { told, arrive } = createDelivery({ a: () => thenable })
    arrive('a')
    arrive('b')
    expect(told).toEqual(['message a'])
    settle()
    expect(told).toEqual(['message a', 'message b'])
  })

  it.each([undefined, null, 0, 'text', {}, SENT])('goes on at once after %s', (answer) => {
    const { told, arrive } = createDelivery({ a: () => answer })
    arrive('a')
    arrive('b')
    expect(told).toEqual(['message a', 'message b'])
  })

  it('reports the end after the last message, once', async () => {
    const first = Promise.withResolvers<void>()
    const { told, delivery, arrive } = createDelivery({ a: () => first.promise })
    arrive('a')
    arrive('b')
    delivery.end(END)
    expect(told).toEqual(['message a'])
    first.resolve()
    await turn()
    delivery.run()
    expect(told).toEqual(['message a', 'message b', 'ended 1000'])
  })

  it('reports an end at once when nothing waits', () => {
    const { told, delivery } = createDelivery()
    delivery.end(END)
    expect(told).toEqual(['ended 1000'])
  })

  it('MS-01 hands nothing over after a throw', () => {
    const { told, delivery, arrive, inbox } = createDelivery({
      b() {
        throw new Error('no')
      },
    })
    for (const message of ['a', 'b', 'c']) arrive(message)
    delivery.end(END)
    expect(told).toEqual(['message a', 'message b', 'failed Error: no', 'ended 1000'])
    expect(inbox.size).toBe(0)
  })

  it('MS-02 hands nothing over after a rejection, and reports the end after it', async () => {
    const { told, delivery, arrive } = createDelivery({ a: () => Promise.reject(undefined) })
    for (const message of ['a', 'b']) arrive(message)
    delivery.end(END)
    await turn()
    expect(told).toEqual(['message a', 'failed undefined', 'ended 1000'])
  })

  it('drops what is there and what comes once it is stopped', async () => {
    const first = Promise.withResolvers<void>()
    const { told, delivery, arrive } = createDelivery({ a: () => first.promise })
    arrive('a')
    arrive('b')
    delivery.stop()
    first.resolve()
    await turn()
    arrive('c')
    delivery.end(END)
    expect(told).toEqual(['message a', 'ended 1000'])
  })

  it('MS-20 can be stopped and ended from within a message', () => {
    const { told, delivery, inbox } = createDelivery({
      a() {
        delivery.stop()
        delivery.end(END)
      },
    })
    inbox.push('a')
    inbox.push('b')
    delivery.run()
    expect(told.filter((call) => call.startsWith('ended'))).toEqual(['ended 1000'])
    expect(told).not.toContain('message b')
  })
})
