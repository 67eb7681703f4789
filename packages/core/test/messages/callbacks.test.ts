import { WebSocketTestClient, type WebSocketTestConnection } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createApi, type RouteOptions } from '../../src/index.ts'
import { appWith, LIBRARIES, typeboxMessages, zodMessages } from './support.ts'

const SAY = { type: 'chat.say', text: 'hello' }
const MOVE = { type: 'chat.move', x: 1, y: 2 }

async function converse(app: FastifyInstance, ...messages: readonly unknown[]): Promise<WebSocketTestConnection> {
  const ws = await WebSocketTestClient.connect(app, '/ws', { raiseServerErrors: false })
  for (const message of messages) await ws.sendJson(message)
  return ws
}

describe('onMessage', () => {
  it('is given the valid messages, one at a time and in order', async () => {
    const seen: unknown[] = []
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: { receive: zodMessages },
        async onMessage(ws, message) {
          seen.push(message)
          await ws.sendJson(seen.length)
        },
      }),
    )
    await using ws = await converse(app, SAY, { type: 'chat.say' }, MOVE)
    const answers = [await ws.receiveJson(), await ws.receiveJson(), await ws.receiveJson()]
    expect(answers).toEqual([1, expect.objectContaining({ code: 'validation' }), 2])
    expect(seen).toEqual([SAY, MOVE])
  })

  it.each([
    ['close', 4422, 'Invalid message'],
    ['throw', 1011, 'Internal error'],
  ] as const)("with onInvalidMessage: '%s' the connection ends with %i", async (onInvalidMessage, code, reason) => {
    const seen: unknown[] = []
    const ended = Promise.withResolvers<void>()
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: { receive: zodMessages },
        onInvalidMessage,
        onMessage: (_ws, message) => void seen.push(message),
        onDisconnect(_ws, event) {
          seen.push(event.code)
          ended.resolve()
        },
      }),
    )
    await using ws = await converse(app, { type: 'chat.say' }, SAY)
    await expect(ws.receive()).rejects.toMatchObject({ code, reason })
    await ended.promise
    expect(seen).toEqual([code])
  })

  it('MS-08 MS-12 what is no JSON, or no text, ends it as in handler style', async () => {
    const app = await appWith((api) => api.websocket('/ws', { messages: { receive: zodMessages }, onMessage() {} }))
    await using text = await WebSocketTestClient.connect(app, '/ws')
    await text.sendText('{')
    await expect(text.receive()).rejects.toMatchObject({ code: 1007, reason: 'Invalid JSON' })
    await using binary = await WebSocketTestClient.connect(app, '/ws')
    await binary.sendBytes(Buffer.from('{}'))
    await expect(binary.receive()).rejects.toMatchObject({ code: 1003 })
  })
})

it('onBatch is given the valid messages', async () => {
  const app = await appWith((api) =>
    api.websocket('/ws', {
      messages: { receive: zodMessages },
      batch: { size: 2 },
      onBatch: (ws, messages) => ws.sendJson(messages),
    }),
  )
  await using ws = await converse(app, SAY, { type: 'chat.say' }, MOVE)
  expect(await ws.receiveJson()).toMatchObject({ code: 'validation' })
  expect(await ws.receiveJson()).toEqual([SAY, MOVE])
})

describe.each(Object.keys(LIBRARIES))('messages.on of %s', (library) => {
  const receive = LIBRARIES[library as 'zod']

  it('hands each message to its handler', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: {
          receive,
          on: {
            async 'chat.say'(ws, { text }) {
              await ws.sendJson({ said: text, of: typeof this.inject })
            },
            'chat.move': (ws, { x, y }) => ws.sendJson({ moved: x + y }),
          },
        },
      }),
    )
    await using ws = await converse(app, MOVE, SAY, { type: 'chat.fly' })
    expect(await ws.receiveJson()).toEqual({ moved: 3 })
    expect(await ws.receiveJson()).toEqual({ said: 'hello', of: 'function' })
    expect(await ws.receiveJson()).toMatchObject({ code: 'validation' })
  })
})

describe('messages.on', () => {
  it('leaves what it does not name to onMessage', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: { receive: typeboxMessages, on: { 'chat.say': (ws) => ws.sendJson('said') } },
        onMessage: (ws, message) => ws.sendJson(message.type),
      }),
    )
    await using ws = await converse(app, MOVE, SAY)
    expect([await ws.receiveJson(), await ws.receiveJson()]).toEqual(['chat.move', 'said'])
  })

  it('without onMessage, a kind that it does not name is an invalid message', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: { receive: zodMessages, on: { 'chat.say': (ws) => ws.sendJson('said') } },
        onInvalidMessage: 'close',
      }),
    )
    await using ws = await converse(app, SAY, MOVE)
    expect(await ws.receiveJson()).toBe('said')
    await expect(ws.receive()).rejects.toMatchObject({ code: 4422 })
  })

  it.each(['constructor', 'toString', '__proto__', 'undefined', ''])('has no handler of the kind %j', async (kind) => {
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: { receive: z.looseObject({ type: z.string() }), on: { known: (ws) => ws.sendJson('known') } },
      }),
    )
    await using ws = await converse(app, { type: kind })
    expect(await ws.receiveJson()).toMatchObject({ code: 'validation', issues: [{ path: ['type'], type: 'enum' }] })
  })

  it('goes by another property, and by numbers', async () => {
    const receive = z.union([
      z.object({ v: z.literal(1), a: z.string() }),
      z.object({ v: z.literal(2), b: z.string() }),
    ])
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: {
          receive,
          discriminator: 'v',
          on: { 1: (ws, { a }) => ws.sendJson(a), 2: (ws, { b }) => ws.sendJson(b) },
        },
      }),
    )
    await using ws = await converse(app, { v: 2, b: 'two' }, { v: 1, a: 'one' })
    expect([await ws.receiveJson(), await ws.receiveJson()]).toEqual(['two', 'one'])
  })

  it('works beside the other callbacks; calls never overlap, and an error ends the connection', async () => {
    const calls: string[] = []
    const ended = Promise.withResolvers<void>()
    const app = await appWith((api) =>
      api.websocket('/ws', {
        messages: {
          receive: zodMessages,
          on: {
            async 'chat.say'(ws) {
              calls.push('say')
              await ws.sendJson('once')
              await ws.ping()
              calls.push('said')
            },
            'chat.move'() {
              calls.push('move')
              throw new Error('hunter2')
            },
          },
        },
        onConnect: () => void calls.push('connect'),
        onDisconnect(_ws, { code }) {
          calls.push(`disconnect ${code}`)
          ended.resolve()
        },
      }),
    )
    await using ws = await converse(app, SAY, MOVE, SAY)
    expect(await ws.receiveJson()).toBe('once')
    await expect(ws.receive()).rejects.toMatchObject({ code: 1011, reason: 'Internal error' })
    await ended.promise
    expect(calls).toEqual(['connect', 'say', 'said', 'move', 'disconnect 1011'])
  })
})

describe('at registration, messages.on', () => {
  const WRONG: Record<string, object> = {
    "on\\['chat.say'\\] that is not a function": { receive: zodMessages, on: { 'chat.say': 5 } },
    'on that is no object': { receive: zodMessages, on: 5 },
    'on without messages.receive': { on: { 'chat.say'() {} } },
    'discriminator that is no string': { receive: zodMessages, on: {}, discriminator: 5 },
    "on without 'chat.move'": { receive: typeboxMessages, on: { 'chat.say'() {} } },
    "on\\['chat.fly'\\], which receive does not have": {
      receive: typeboxMessages,
      on: { 'chat.say'() {}, 'chat.move'() {}, 'chat.fly'() {} },
    },
    "unknown option 'messages.nope'": { receive: zodMessages, on: {}, nope: 1 },
  }

  it.each(Object.entries(WRONG))('is refused: %s', (message, messages) => {
    const declare = () => createApi().websocket('/ws', { messages } as RouteOptions, undefined as never)
    expect(declare).toThrow(new RegExp(message))
  })

  it('is refused beside a handler and beside onBatch', () => {
    const messages = { receive: zodMessages, on: { 'chat.say'() {} } }
    expect(() => createApi().websocket('/ws', { messages }, () => {})).toThrow('choose one style')
    expect(() => createApi().websocket('/ws', { messages, onBatch() {} } as never)).toThrow('choose one')
  })

  it('is no option of an api, as all schemas', () => {
    expect(() => createApi({ messages: { receive: zodMessages } } as RouteOptions)).toThrow("unknown option 'messages'")
  })
})
