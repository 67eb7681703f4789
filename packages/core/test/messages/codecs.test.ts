import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack'
import { WebSocketTestClient } from '@sluice/testing'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { type Codec, createApi, type RouteOptions } from '../../src/index.ts'
import { appWith, zodMessages } from './support.ts'

const LIBRARIES = {
  msgpack: { encode: encodeMsgpack, decode: decodeMsgpack as (bytes: Uint8Array) => unknown },
  cbor: { encode: encodeCbor, decode: decodeCbor as (bytes: Uint8Array) => unknown },
}

const SAY = { type: 'chat.say', text: 'hello' }

/** Sends back what it receives. */
function echoWith(options: RouteOptions) {
  return appWith((api) =>
    api.websocket('/ws', { messages: { receive: zodMessages }, ...options }, async (ws) => {
      await ws.accept()
      for await (const message of ws.iterJson()) await ws.sendJson(message)
    }),
  )
}

describe.each(['msgpack', 'cbor'] as const)("codec: '%s'", (codec) => {
  const { encode, decode } = LIBRARIES[codec]

  it('speaks binary messages, validates them, and answers in kind', async () => {
    const app = await echoWith({ codec })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendBytes(encode(SAY))
    expect(decode(await ws.receiveBytes())).toEqual(SAY)
    await ws.sendBytes(encode({ type: 'chat.say', id: 5 }))
    expect(decode(await ws.receiveBytes())).toMatchObject({
      code: 'validation',
      issues: [{ path: ['text'] }],
      replyTo: 5,
    })
  })

  it('hands values to callbacks', async () => {
    const app = await appWith((api) =>
      api.websocket('/ws', {
        codec,
        messages: { receive: zodMessages, on: { 'chat.say': (ws, { text }) => ws.sendJson(text) } },
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendBytes(encode(SAY))
    expect(decode(await ws.receiveBytes())).toBe('hello')
  })

  it('MS-08 closes with 1007 for what it cannot decode, or answers', async () => {
    const closing = await echoWith({ codec })
    await using closed = await WebSocketTestClient.connect(closing, '/ws')
    await closed.sendBytes(Buffer.from([0xc1]))
    await expect(closed.receive()).rejects.toMatchObject({ code: 1007, reason: `Invalid ${codec}` })
    const replying = await echoWith({ codec, onInvalidJson: 'reply' })
    await using ws = await WebSocketTestClient.connect(replying, '/ws')
    await ws.sendBytes(Buffer.from([0xc1]))
    expect(decode(await ws.receiveBytes())).toEqual({ type: 'error', code: 'undecodable' })
  })

  it('MS-05 answers in kind what is beyond the rate', async () => {
    const app = await echoWith({ codec, limits: { messageRate: { rate: 0.001, burst: 1, action: 'reply' } } })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendBytes(encode(SAY))
    expect(decode(await ws.receiveBytes())).toEqual(SAY)
    await ws.sendBytes(encode(SAY))
    expect(decode(await ws.receiveBytes())).toMatchObject({ code: 'rate_limited' })
  })

  it('MS-12 is not spoken in text messages', async () => {
    const app = await echoWith({ codec })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await ws.sendJson(SAY)
    await expect(ws.receive()).rejects.toMatchObject({ code: 1003, reason: 'Expected a binary message' })
  })

  it('takes no mode: it decides the kind itself', async () => {
    const errors: unknown[] = []
    const app = await appWith((api) =>
      api.websocket('/ws', { codec }, async (ws) => {
        await ws.accept()
        errors.push(await ws.receiveJson({ mode: 'text' }).catch((error: unknown) => error))
        errors.push(await ws.sendJson(5, { mode: 'binary' }).catch((error: unknown) => error))
      }),
    )
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    await expect(ws.receive()).rejects.toMatchObject({ code: 1000 })
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })
})

describe('a codec for each subprotocol', () => {
  const options: RouteOptions = {
    subprotocols: ['chat.v1.msgpack', 'chat.v1.cbor', 'chat.v1.json', 'chat.v0'],
    codec: { 'chat.v1.msgpack': 'msgpack', 'chat.v1.cbor': 'cbor', 'chat.v1.json': 'json' },
  }

  it.each([
    ['chat.v1.msgpack', LIBRARIES.msgpack],
    ['chat.v1.cbor', LIBRARIES.cbor],
  ])('is spoken when %s is chosen', async (subprotocol, { encode, decode }) => {
    const app = await echoWith(options)
    await using ws = await WebSocketTestClient.connect(app, '/ws', { subprotocols: ['x', subprotocol] })
    await ws.sendBytes(encode(SAY))
    expect(decode(await ws.receiveBytes())).toEqual(SAY)
  })

  it.each([[['chat.v1.json']], [['chat.v0']], [[]]])('is JSON for the subprotocols %j', async (subprotocols) => {
    const app = await echoWith(options)
    await using ws = await WebSocketTestClient.connect(app, '/ws', { subprotocols })
    await ws.sendJson(SAY)
    expect(await ws.receiveJson()).toEqual(SAY)
  })

  it('is refused for one that the route does not speak', async () => {
    await expect(echoWith({ codec: { 'chat.v2': 'msgpack' } })).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining("'chat.v2'"),
    })
  })
})

describe('a codec of your own', () => {
  const reversed: Codec = {
    name: 'reversed JSON',
    type: 'text',
    encode: (value) => [...JSON.stringify(value)].reverse().join(''),
    decode: (text) => JSON.parse([...text].reverse().join('')),
  }
  const reverse = (text: string) => [...text].reverse().join('')

  it('is held to the same rules', async () => {
    const app = await echoWith({ codec: reversed, onInvalidJson: 'reply' })
    await using ws = await WebSocketTestClient.connect(app, '/ws')
    const ask = async (text: string) => {
      await ws.sendText(reverse(text))
      return JSON.parse(reverse(await ws.receiveText()))
    }
    expect(await ask(JSON.stringify(SAY))).toEqual(SAY)
    expect(await ask('{"type":"chat.say"}')).toMatchObject({ code: 'validation' })
    for (const bad of ['{', '{"__proto__":{}}', '['.repeat(65) + ']'.repeat(65)]) {
      expect(await ask(bad)).toEqual({ type: 'error', code: 'undecodable' })
    }
  })

  it('that gives no message, or throws, is the error of who sends', async () => {
    const errors: unknown[] = []
    const broken: Codec[] = [
      { ...reversed, encode: () => 5 as never },
      { name: 'bytes', type: 'binary', encode: () => 'text' as never, decode: String },
      {
        ...reversed,
        encode() {
          throw new Error('no')
        },
      },
    ]
    const app = await appWith((api) => {
      for (const [index, codec] of broken.entries()) {
        api.websocket(`/ws/${index}`, { codec }, async (ws) => {
          await ws.accept()
          errors.push(await ws.sendJson(5).catch((error: unknown) => error))
        })
      }
    })
    for (const index of broken.keys()) {
      await using ws = await WebSocketTestClient.connect(app, `/ws/${index}`)
      await expect(ws.receive()).rejects.toMatchObject({ code: 1000 })
      expect(errors[index]).toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    }
  })
})

it('an api that is mounted loads its codecs before the app is ready', async () => {
  await using app = Fastify()
  const api = createApi({ codec: 'msgpack' }).websocket('/ws', async (ws) => {
    await ws.accept()
    await ws.sendJson(await ws.receiveJson())
  })
  await app.register(api, { prefix: '/v1' })
  await using ws = await WebSocketTestClient.connect(app, '/v1/ws')
  await ws.sendBytes(encodeMsgpack([1, 2]))
  expect(decodeMsgpack(await ws.receiveBytes())).toEqual([1, 2])
})
