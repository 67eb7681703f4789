import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createApi, type SluiceApi, type WebSocketConnection, type WebSocketMessage } from '../../src/index.ts'
import { arktypeMessages, typeboxMessages, valibotMessages, zodMessages } from './support.ts'

type Say = { type: 'chat.say'; text: string }
type Move = { type: 'chat.move'; x: number; y: number }

/** Never runs: the compiler is the test. */
function typesOnly(_declare: (api: SluiceApi) => void): void {}

describe('what is received', () => {
  it('has the type of the schema, of each library, without a generic', () => {
    typesOnly((api) => {
      api.websocket('/typebox', { messages: { receive: typeboxMessages } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toEqualTypeOf<Say | Move>()
        expectTypeOf(await ws.receiveJson({ timeout: 5 })).toEqualTypeOf<Say | Move>()
      })
      api.websocket('/zod', { messages: { receive: zodMessages } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toEqualTypeOf<Say | Move>()
        for await (const message of ws.iterJson()) expectTypeOf(message).toEqualTypeOf<Say | Move>()
      })
      api.websocket('/valibot', { messages: { receive: valibotMessages } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toEqualTypeOf<Say | Move>()
      })
      api.websocket('/arktype', { messages: { receive: arktypeMessages } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toEqualTypeOf<Say | Move>()
      })
    })
  })

  it('narrows in a switch', () => {
    typesOnly((api) => {
      api.websocket('/{n:int}', { messages: { receive: typeboxMessages } }, async (ws, { n }) => {
        expectTypeOf(n).toBeNumber()
        for await (const message of ws.iterJson()) {
          switch (message.type) {
            case 'chat.say':
              expectTypeOf(message).toEqualTypeOf<Say>()
              break
            case 'chat.move':
              expectTypeOf(message).toEqualTypeOf<Move>()
              break
            default:
              expectTypeOf(message).toBeNever()
          }
        }
      })
    })
  })

  it('is what a transform makes of it', () => {
    const dated = z.object({
      at: z.string().transform((text) => new Date(text)),
      tags: z.array(z.string()).default([]),
    })
    typesOnly((api) => {
      api.websocket('/x', { messages: { receive: dated } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toEqualTypeOf<{ at: Date; tags: string[] }>()
      })
    })
  })

  it('is unknown without a schema', () => {
    typesOnly((api) => {
      api.websocket('/x', { messages: { send: zodMessages } }, async (ws) => {
        expectTypeOf(await ws.receiveJson()).toBeUnknown()
      })
      api.websocket('/x', async (ws) => {
        expectTypeOf(await ws.receiveJson()).toBeUnknown()
        await ws.sendJson({ anything: 5 })
      })
    })
  })
})

describe('what is sent', () => {
  it('is only what the schema takes', () => {
    typesOnly((api) => {
      const send = z.object({ n: z.number(), at: z.string().default('now') })
      api.websocket('/x', { messages: { send } }, async (ws) => {
        await ws.sendJson({ n: 5 })
        // @ts-expect-error n is a number
        await ws.sendJson({ n: '5' })
        // @ts-expect-error n is missing
        await ws.sendJson({})
      })
      api.websocket('/x', { messages: { send: typeboxMessages } }, async (ws) => {
        await ws.sendJson({ type: 'chat.say', text: 'hello' })
        // @ts-expect-error there is no such message
        await ws.sendJson({ type: 'chat.fly' })
      })
    })
  })

  it('is what a codec of TypeBox encodes', () => {
    const send = Type.Object({
      at: Type.Codec(Type.String())
        .Decode((text) => new Date(text))
        .Encode((at) => at.toISOString()),
    })
    typesOnly((api) => {
      api.websocket('/x', { messages: { receive: send, send } }, async (ws) => {
        expectTypeOf((await ws.receiveJson()).at).toEqualTypeOf<Date>()
        await ws.sendJson({ at: '2026-11-21T00:00:00Z' })
      })
    })
  })
})

describe('callbacks', () => {
  it('are given the value', () => {
    typesOnly((api) => {
      api.websocket('/{n:int}', {
        messages: { receive: zodMessages },
        onMessage(ws, message) {
          expectTypeOf(message).toEqualTypeOf<Say | Move>()
          expectTypeOf(ws.params.n).toBeNumber()
          expectTypeOf(this).toEqualTypeOf<FastifyInstance>()
        },
      })
      api.websocket('/x', {
        messages: { receive: zodMessages },
        onBatch: (_ws, messages) => {
          expectTypeOf(messages).toEqualTypeOf<(Say | Move)[]>()
        },
      })
    })
  })

  it('are given the message as it is without a schema for it', () => {
    typesOnly((api) => {
      api.websocket('/x', {
        messages: { send: zodMessages },
        onMessage(ws, message) {
          expectTypeOf(message).toEqualTypeOf<WebSocketMessage>()
          void ws.sendJson({ type: 'chat.say', text: '' })
          // @ts-expect-error there is no such message
          void ws.sendJson({ type: 'chat.fly' })
        },
      })
    })
  })

  it('of messages.on are given their member of the union', () => {
    typesOnly((api) => {
      api.websocket('/{n:int}', {
        messages: {
          receive: typeboxMessages,
          send: z.object({ ok: z.boolean() }),
          on: {
            'chat.say'(ws, message) {
              expectTypeOf(message).toEqualTypeOf<Say>()
              expectTypeOf(this).toEqualTypeOf<FastifyInstance>()
              expectTypeOf(ws.params.n).toBeNumber()
            },
            'chat.move': async (ws, message) => {
              expectTypeOf(message).toEqualTypeOf<Move>()
              await ws.sendJson({ ok: true })
            },
          },
        },
        onConnect(ws, { n }) {
          expectTypeOf(n).toBeNumber()
          expectTypeOf(ws.receiveJson).returns.resolves.toEqualTypeOf<Say | Move>()
        },
      })
      api.websocket('/x', {
        // @ts-expect-error there is no such kind
        messages: { receive: zodMessages, on: { 'chat.fly'() {} } },
      })
    })
  })

  it('of messages.on go by another property', () => {
    const events = z.union([
      z.object({ kind: z.enum(['open', 'shut']), door: z.number() }),
      z.object({ kind: z.literal(7), lucky: z.boolean() }),
    ])
    typesOnly((api) => {
      api.websocket('/x', {
        messages: {
          receive: events,
          discriminator: 'kind',
          on: {
            open: (_ws, { door }) => void expectTypeOf(door).toBeNumber(),
            7: (_ws, { lucky }) => void expectTypeOf(lucky).toBeBoolean(),
          },
        },
      })
    })
  })
})

it('a connection with types is a connection', () => {
  typesOnly((api) => {
    const all = new Set<WebSocketConnection>()
    api.websocket('/x', { messages: { receive: zodMessages, send: zodMessages } }, (ws) => void all.add(ws))
    createApi().websocket('/x', { messages: { receive: zodMessages } }, async (ws) => {
      expectTypeOf(await ws.receiveJson()).toEqualTypeOf<Say | Move>()
    })
  })
})
