import { Opcode } from '@sluice/protocol'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import type { BatchAnswers, WebSocketMessage } from '../../src/index.ts'
import { clientFrame } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const texts = (messages: readonly WebSocketMessage[]) => messages.map(({ data }) => String(data))
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index))

/** What was called, and a promise for the next call. */
function recorder() {
  const calls: unknown[] = []
  let next = Promise.withResolvers<void>()
  return {
    calls,
    note(call: unknown) {
      calls.push(call)
      next.resolve()
    },
    async until(count: number) {
      while (calls.length < count) {
        await next.promise
        next = Promise.withResolvers<void>()
      }
    },
  }
}

describe.each(ENGINES)('batch style with the %s engine', (engine) => {
  it('hands over a batch as soon as it has its size, and the rest at its time', async () => {
    const clock = new VirtualClock()
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock }, (app) =>
      app.api.websocket('/ws', { batch: { size: 3, timeout: 250 }, onBatch: (_, messages) => note(texts(messages)) }),
    )
    const client = await site.open('/ws')
    for (const text of numbers(0, 8)) client.sendText(text)
    await until(2)
    expect(calls).toEqual([numbers(0, 3), numbers(3, 6)])
    client.sendFrame(9, 'all read')
    expect(await client.next()).toEqual({ type: 'pong', data: 'all read' })
    clock.advance(249)
    expect(calls).toHaveLength(2)
    clock.advance(1)
    expect(calls[2]).toEqual(['6', '7'])
  })

  it('counts the time from the first message of a batch', async () => {
    const clock = new VirtualClock()
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock }, (app) =>
      app.api.websocket('/ws', { batch: { size: 2, timeout: 100 }, onBatch: (_, messages) => note(texts(messages)) }),
    )
    const client = await site.open('/ws')
    const read = async () => {
      client.sendFrame(9)
      await client.next()
    }
    client.sendText('a')
    await clock.timer(100)
    clock.advance(60)
    client.sendText('b')
    await until(1)
    client.sendText('c')
    await read()
    clock.advance(60)
    expect(calls).toEqual([['a', 'b']])
    clock.advance(39)
    expect(calls).toHaveLength(1)
    clock.advance(1)
    expect(calls[1]).toEqual(['c'])
  })

  it('hands over a batch as soon as it has its bytes', async () => {
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', { batch: { maxBytes: 10 }, onBatch: (_, messages) => note(texts(messages)) }),
    )
    const client = await site.open('/ws')
    client.sendText('12345')
    client.sendBytes(Buffer.from('1234'))
    client.sendText('1')
    client.sendText('1234567890123')
    await until(2)
    expect(calls).toEqual([['12345', '1234', '1'], ['1234567890123']])
  })

  it('hands over what is left before onDisconnect, and never an empty batch', async () => {
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws/{room:int}', {
        onConnect: (_, { room }) => note(`connect ${room}`),
        onBatch: (_, messages) => note(messages),
        onDisconnect: (_, { code }) => note(`disconnect ${code}`),
      }),
    )
    const client = await site.open('/ws/7')
    client.sendText('text')
    client.sendBytes(Buffer.from('bytes'))
    client.close(4000)
    await until(3)
    expect(calls).toEqual([
      'connect 7',
      [
        { type: 'text', data: 'text' },
        { type: 'binary', data: Buffer.from('bytes') },
      ],
      'disconnect 4000',
    ])
    const silent = await site.open('/ws/8')
    silent.connection.destroy()
    await until(5)
    expect(calls.slice(3)).toEqual(['connect 8', 'disconnect 1006'])
  })

  it.each([
    ['close', 4422],
    ['throw', 1011],
  ] as const)(
    'hands over what came before an invalid message, with onInvalidMessage: %s',
    async (onInvalidMessage, code) => {
      const { calls, note, until } = recorder()
      const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
        app.api.websocket('/ws', {
          messages: { receive: Type.Object({ reading: Type.Number() }) },
          onInvalidMessage,
          onBatch: (_, messages) => note(messages),
          onDisconnect: () => note('disconnect'),
        }),
      )
      const client = await site.open('/ws')
      client.connection.write(
        Buffer.concat(['{"reading":1}', '{}', '{"reading":2}'].map((text) => clientFrame(Opcode.TEXT, text))),
      )
      expect(await client.nextClose()).toMatchObject({ code })
      await until(2)
      expect(calls).toEqual([[{ reading: 1 }], 'disconnect'])
    },
  )

  it('never runs two batches of one connection at once; messages that come meanwhile form the next', async () => {
    const clock = new VirtualClock()
    const { calls, note, until } = recorder()
    let running = 0
    let release = Promise.withResolvers<void>()
    const site = await serve({ engine, clock, limits: { inbox: { messages: 4 } } }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 5 },
        async onBatch(_, messages) {
          expect(++running).toBe(1)
          note(texts(messages))
          await release.promise
          running--
        },
        onDisconnect: () => note('disconnect'),
      }),
    )
    const client = await site.open('/ws')
    for (const text of numbers(0, 200)) client.sendText(text)
    client.close()
    await until(1)
    clock.advance(1_000)
    expect(calls).toEqual([numbers(0, 5)])
    for (let count = 2; count <= 41; count++) {
      const { resolve } = release
      release = Promise.withResolvers<void>()
      resolve()
      await until(count)
    }
    release.resolve()
    expect(calls.at(-1)).toBe('disconnect')
    expect(calls.slice(0, -1).flat()).toEqual(numbers(0, 200))
    expect(calls.slice(0, -1).every((batch) => (batch as string[]).length === 5)).toBe(true)
  })

  it('hands over a batch whose time came while another ran, as soon as that is done', async () => {
    const clock = new VirtualClock()
    const { calls, note, until } = recorder()
    const first = Promise.withResolvers<void>()
    const site = await serve({ engine, clock }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 2 },
        onBatch(_, messages) {
          note(texts(messages))
          return calls.length === 1 ? first.promise : undefined
        },
      }),
    )
    const client = await site.open('/ws')
    for (const text of ['a', 'b', 'c']) client.sendText(text)
    client.sendFrame(9)
    await client.next()
    clock.advance(100)
    expect(calls).toEqual([['a', 'b']])
    first.resolve()
    await until(2)
    expect(calls[1]).toEqual(['c'])
  })

  it.each(['at once', 'later'])('sends back in order what is returned %s', async (when) => {
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 4 },
        onBatch(_, [first, second]): BatchAnswers | Promise<BatchAnswers> {
          const answers = ['one', Buffer.from('two'), first, second] as BatchAnswers
          return when === 'later' ? Promise.resolve(answers) : answers
        },
      }),
    )
    const client = await site.open('/ws')
    for (const text of ['a', 'b', 'c', 'd']) client.sendText(text)
    expect([await client.next(), await client.next(), await client.next(), await client.next()]).toEqual([
      { type: 'text', data: 'one' },
      { type: 'binary', data: Buffer.from('two') },
      { type: 'text', data: 'a' },
      { type: 'text', data: 'b' },
    ])
  })

  it('waits for a peer that reads slowly, and loses no answer', async () => {
    const large = 'x'.repeat(60_000)
    const site = await serve({ engine, limits: { backpressure: { highWaterMark: 1 } } }, (app) =>
      app.api.websocket('/ws', { batch: { size: 1 }, onBatch: () => Array.from({ length: 40 }, () => large) }),
    )
    const client = await site.open('/ws')
    client.sendText('go')
    for (let count = 0; count < 40; count++) expect((await client.nextText()).length).toBe(60_000)
  })

  it.each([
    ['throws', () => Promise.resolve(thrown())],
    ['rejects', async () => thrown()],
    ['returns what cannot be sent', () => [7] as never],
    ['returns what is no list', () => 7 as never],
  ])('MS-01 MS-02 MS-03 closes with 1011 when onBatch %s, and runs no further batch', async (_, onBatch) => {
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 2 },
        onBatch(_, messages) {
          note(texts(messages))
          return onBatch()
        },
        onDisconnect: (_, { code }) => note(code),
      }),
    )
    const client = await site.open('/ws')
    for (const text of numbers(0, 5)) client.sendText(text)
    expect(await client.nextClose()).toEqual({ code: 1011, reason: 'Internal error' })
    await until(2)
    expect(calls).toEqual([['0', '1'], 1011])
    expect(site.app.api.stats().handlerErrors).toBe(1)
  })

  it('hands over nothing when onConnect throws', async () => {
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 1 },
        onConnect: () => thrown(),
        onBatch: (_, messages) => note(texts(messages)),
        onDisconnect: () => note('disconnect'),
      }),
    )
    const client = await site.open('/ws')
    client.sendText('a')
    expect(await client.nextClose()).toMatchObject({ code: 1011 })
    await until(1)
    expect(calls).toEqual(['disconnect'])
  })

  it('hands over what was gathered when the handler closes the connection', async () => {
    const { calls, note, until } = recorder()
    const site = await serve({ engine, clock: new VirtualClock() }, (app) =>
      app.api.websocket('/ws', {
        batch: { size: 2 },
        onBatch(ws, messages) {
          note(texts(messages))
          if (calls.length === 1) setImmediate(() => void ws.close(4001))
        },
        onDisconnect: () => note('disconnect'),
      }),
    )
    const client = await site.open('/ws')
    for (const text of ['a', 'b', 'c']) client.sendText(text)
    await until(3)
    expect(calls).toEqual([['a', 'b'], ['c'], 'disconnect'])
  })

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock()
    const { note, until } = recorder()
    const site = await serve({ engine, clock }, (app) =>
      app.api.websocket('/ws', {
        batch: { timeout: 77 },
        onBatch: () => note('batch'),
        onDisconnect: () => note('end'),
      }),
    )
    const client = await site.open('/ws')
    client.sendText('a')
    await clock.timer(77)
    client.close()
    await until(2)
    expect(clock.delays).not.toContain(77)
  })
})

function thrown(): never {
  throw new Error('of the handler')
}
