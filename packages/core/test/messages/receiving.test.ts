import { WebSocketTestClient } from '@sluice/testing'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { InvalidMessageError, RouteOptions } from '../../src/index.ts'
import type { Schema } from '../../src/schema/schema.ts'
import { appWith, LIBRARIES, typeboxMessages, zodMessages } from './support.ts'

describe.each(Object.entries<Schema>(LIBRARIES))('messages of %s', (_library, receive) => {
  it('are given when they are valid, and answered when they are not', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive } }, async (ws) => {
        await ws.accept()
        for await (const message of ws.iterJson()) await ws.sendJson({ got: message })
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson({ type: 'chat.say', text: 5, id: 'm1' })
    await ws.sendJson({ type: 'chat.move', x: 1, y: 2 })
    expect(await ws.receiveJson()).toEqual({
      type: 'error',
      code: 'validation',
      issues: [{ path: ['text'], message: expect.any(String), type: expect.any(String) }],
      replyTo: 'm1',
    })
    expect(await ws.receiveJson()).toEqual({ got: { type: 'chat.move', x: 1, y: 2 } })
  })

  it.each([[null], [5], ['chat.say'], [[]], [{}], [{ type: 'chat.fly' }], [{ type: ['chat.say'] }], [{ type: null }]])(
    'are none that are like %j',
    async (value) => {
      const app = await appWith((api) =>
        api.websocket('/ws', { messages: { receive } }, async (ws) => {
          await ws.accept()
          await ws.receiveJson()
        }),
      )
      await using ws = await WebSocketTestClient.connect(app, '/ws')
      await ws.sendJson(value)
      expect(await ws.receiveJson()).toMatchObject({ type: 'error', code: 'validation' })
    },
  )
})

describe('an invalid message', () => {
  /** What the handler learns of one, and the peer. */
  async function receiveInvalid(route: RouteOptions): Promise<{ error: unknown; close: unknown }> {
    let error: unknown
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive: typeboxMessages }, ...route }, async (ws) => {
        await ws.accept()
        error = await ws.receiveJson().catch((reason: unknown) => reason)
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson({ type: 'chat.say' })
    const close = await ws.receive().catch((reason: unknown) => reason)
    return { error, close }
  }

  const ERROR = {
    code: 'ERR_INVALID_MESSAGE',
    direction: 'received',
    message: 'the message that was received is invalid: text: Field required',
    issues: [{ path: ['text'], message: 'Field required', type: 'missing' }],
  }

  it('closes with 4422 and is thrown, by option', async () => {
    const { error, close } = await receiveInvalid({ onInvalidMessage: 'close' })
    expect(error).toMatchObject(ERROR)
    expect(close).toMatchObject({ code: 4422, reason: 'Invalid message' })
  })

  it('is only thrown, by option', async () => {
    const { error, close } = await receiveInvalid({ onInvalidMessage: 'throw' })
    expect(error).toMatchObject(ERROR)
    expect(close).toMatchObject({ code: 1000 })
  })

  it.each([
    [{ id: 'a' }, { replyTo: 'a' }],
    [{ id: 0 }, { replyTo: 0 }],
    [{}, {}],
    [{ id: 'a'.repeat(129) }, {}],
    [{ id: { of: 'something' } }, {}],
    [5, {}],
  ])('MS-08 %j is answered with its own id, where it has one', async (message, reference) => {
    const app = await appWith((api) => api.websocket('/ws', { messages: { receive: typeboxMessages }, onMessage() {} }))
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson(message)
    const { type: _, code: __, issues: ___, ...rest } = (await ws.receiveJson()) as Record<string, unknown>
    expect(rest).toEqual(reference)
  })

  it('MS-11 is answered with no more than ten issues, cut and escaped', async () => {
    const receive = z.record(z.string(), z.number())
    const app = await appWith((api) => api.websocket('/ws', { messages: { receive }, onMessage() {} }))
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson(
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`\u001b[2J${'k'.repeat(999)}${index}`, 'x'])),
    )
    const { issues } = (await ws.receiveJson()) as Pick<InvalidMessageError, 'issues'>
    expect(issues).toHaveLength(10)
    for (const { path } of issues) expect(path).toEqual([expect.stringMatching(/^\\u001b\[2Jk{200,260}…$/)])
  })

  it('MS-11 of a megabyte of wrong items costs a bounded answer', async () => {
    const receive = Type.Array(Type.Integer())
    const app = await appWith((api) => api.websocket('/ws', { messages: { receive }, onMessage() {} }))
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendText(JSON.stringify(Array(250_000).fill('x')))
    expect((await ws.receiveText()).length).toBeLessThan(2_000)
  })
})

describe('what is received', () => {
  it('MS-09 never reaches a schema with a key that pollutes prototypes', async () => {
    const receive = z.looseObject({})
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive }, onInvalidJson: 'reply' }, async (ws) => {
        await ws.accept()
        for await (const message of ws.iterJson()) await ws.sendJson(message)
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    for (const text of [
      '{"__proto__":{"isAdmin":true}}',
      '{"a":{"\\u005f_proto__":{"isAdmin":true}}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      `${'{"a":'.repeat(50)}{"__proto__":1}${'}'.repeat(50)}`,
    ]) {
      await ws.sendText(text)
      expect(await ws.receiveJson()).toEqual({ type: 'error', code: 'invalid_json' })
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it('MS-10 is refused before the schema when it is nested too deeply', async () => {
    let seen = 0
    const receive = z.unknown().refine(() => ++seen > 0)
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive }, onInvalidJson: 'reply', limits: { maxDepth: 100 } }, async (ws) => {
        await ws.accept()
        for await (const _ of ws.iterJson()) await ws.sendJson('ok')
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    for (const depth of [101, 60_000]) {
      await ws.sendText('['.repeat(depth) + ']'.repeat(depth))
      expect(await ws.receiveJson()).toEqual({ type: 'error', code: 'invalid_json' })
    }
    expect(seen).toBe(0)
    await ws.sendText('['.repeat(100) + ']'.repeat(100))
    expect(await ws.receiveJson()).toBe('ok')
  })

  it('MS-08 is no number that is none', async () => {
    const receive = Type.Object({ n: Type.Number() })
    const app = await appWith((api) => api.websocket('/ws', { messages: { receive }, onMessage() {} }))
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendText('{"n":1e400}')
    expect(await ws.receiveJson()).toMatchObject({ issues: [{ path: ['n'], type: 'float_type' }] })
  })

  it('is what a transform makes of it, and of a codec of TypeBox', async () => {
    const date = Type.Codec(Type.String())
      .Decode((text) => new Date(text))
      .Encode((at) => at.toISOString())
    const app = await appWith((api) =>
      api
        .websocket('/zod', { messages: { receive: z.object({ n: z.string().transform(Number) }) } }, async (ws) => {
          await ws.accept()
          await ws.sendJson(typeof (await ws.receiveJson()).n)
        })
        .websocket('/typebox', { messages: { receive: Type.Object({ at: date }) } }, async (ws) => {
          await ws.accept()
          await ws.sendJson((await ws.receiveJson()).at.getUTCFullYear())
        }),
    )
    await using zod = await WebSocketTestClient.connect(app, '/zod')
    await zod.sendJson({ n: '5' })
    expect(await zod.receiveJson()).toBe('number')
    await using typebox = await WebSocketTestClient.connect(app, '/typebox')
    await typebox.sendJson({ at: '2026-11-21' })
    expect(await typebox.receiveJson()).toBe(2026)
  })

  it('is validated in binary messages of JSON, too', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive: zodMessages } }, async (ws) => {
        await ws.accept()
        await ws.sendJson(await ws.receiveJson({ mode: 'binary' }))
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson({ type: 'chat.say' }, { mode: 'binary' })
    expect(await ws.receiveJson()).toMatchObject({ code: 'validation' })
    await ws.sendJson({ type: 'chat.say', text: 'hi' }, { mode: 'binary' })
    expect(await ws.receiveJson()).toEqual({ type: 'chat.say', text: 'hi' })
  })

  it('may be read as it came', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive: zodMessages } }, async (ws) => {
        await ws.accept()
        await ws.sendText(await ws.receiveText())
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendText('no JSON at all')
    expect(await ws.receiveText()).toBe('no JSON at all')
  })

  it('cannot wait for a schema that is asynchronous: the handler is told so', async () => {
    const receive = z.string().refine(async () => true)
    let error: unknown
    const app = await appWith((api) =>
      api.websocket('/ws', { messages: { receive } }, async (ws) => {
        await ws.accept()
        error = await ws.receiveJson().catch((reason: unknown) => reason)
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson('x')
    await expect(ws.receive()).rejects.toMatchObject({ code: 1000 })
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('asynchronously') })
  })
})
