import type { WebSocketConnection } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import type { WebSocketTestConnection } from '@sluice/testing'
import Type from 'typebox'
import { type Case, type CaseCallbacks, type Cases, DETAIL } from '../matrix.ts'

const NUMBER = Type.Object({ n: Type.Number() })
const hello = (ws: WebSocketTestConnection) => ws.sendText('hello')
const fail = (): never => {
  throw new Error(DETAIL)
}

export const MESSAGES: Cases = {
  'MS-01 MS-04 a handler that throws': {
    app: {
      handler: async (ws) => {
        await ws.accept()
        await ws.receive()
        fail()
      },
    },
    visits: [{ play: hello, end: 1011 }],
  },
  'MS-01 a callback that throws': callbacks({ onMessage: fail }),
  'MS-02 a callback that rejects': callbacks({ onMessage: () => Promise.reject(new Error(DETAIL)) }),
  'MS-02 a callback that rejects with nothing': callbacks({ onMessage: () => Promise.reject(undefined) }),
  'MS-03 a hook that throws at the end': callbacks(
    { onMessage: (ws) => ws.close(4000, 'done'), onDisconnect: fail },
    4000,
  ),
  'MS-07 messages around the limit': {
    hasOwnReasons: true,
    app: { route: { limits: { maxMessageSize: 5 } }, handler: echo },
    visits: [
      { play: (ws) => ask(ws, '12345'), end: 4000 },
      { play: (ws) => ws.sendText('123456'), end: 1009 },
      { play: fragments('123', '456'), end: 1009 },
      { play: (ws) => ws.sendFrame(Buffer.from('82ff002000000000000000000000', 'hex')), end: 1009 },
    ],
  },
  'MS-07 too many fragments': {
    hasOwnReasons: true,
    app: { route: { limits: { maxFragments: 2 } }, handler: echo },
    visits: [{ play: fragments('1', '2', '3'), end: 1008 }],
  },
  'MS-08 messages that are not JSON': {
    app: { handler: receiveJson },
    visits: [
      { play: (ws) => ws.sendText('{"hunter2'), end: 1007 },
      { play: (ws) => ws.sendText('\0'), end: 1007 },
      { play: (ws) => ws.sendText('NaN'), end: 1007 },
      { play: (ws) => ws.sendText('1e400'), end: 1000 },
    ],
  },
  'MS-08 a message that the schema refuses': {
    app: { route: { messages: { receive: NUMBER }, onInvalidMessage: 'close' }, handler: receiveJson },
    visits: [{ play: (ws) => ws.sendJson({ n: DETAIL }), end: 4422 }],
  },
  'MS-08 MS-09 MS-10 messages that are answered': {
    hasOwnReasons: true,
    app: {
      route: { messages: { receive: NUMBER }, onInvalidJson: 'reply' },
      handler: async (ws) => {
        await ws.accept()
        for await (const value of ws.iterJson()) await ws.sendJson(value)
      },
    },
    visits: [
      {
        play: (ws) => ask(ws, '{"n":"hunter2"}', '{', '{"__proto__":1}', '['.repeat(65), '{"n":1}'),
        end: 4000,
      },
    ],
  },
  'MS-08 MS-11 an answer in another codec': {
    app: { route: { codec: 'msgpack', messages: { receive: NUMBER } }, handler: receiveJson },
    visits: [
      {
        async play(ws) {
          await ws.sendBytes(Uint8Array.of(0x80))
          await ws.receive()
          await ws.sendBytes(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))
        },
        end: 1007,
      },
    ],
  },
  'MS-09 keys that pollute prototypes': {
    app: { handler: receiveJson },
    visits: [
      { play: (ws) => ws.sendText('{"__proto__":{"x":1}}'), end: 1007 },
      { play: (ws) => ws.sendText('{"a":{"\\u005f_proto__":{"x":1}}}'), end: 1007 },
      { play: (ws) => ws.sendText('{"constructor":{"prototype":{"x":1}}}'), end: 1007 },
    ],
  },
  'MS-12 messages of the wrong kind': {
    app: {
      handler: async (ws) => {
        await ws.accept()
        await ws.receiveText()
      },
    },
    visits: [{ play: (ws) => ws.sendBytes(new Uint8Array(3)), end: 1003 }],
  },
  'MS-16 a loop until the close': {
    hasOwnReasons: true,
    app: { handler: echo },
    visits: [{ play: (ws) => ask(ws, '1', '', 'é', 'x'.repeat(70_000)), end: 4000 }],
  },
  'MS-16 loops that are left, and messages that nobody reads': {
    app: {
      handler: async (ws) => {
        await ws.accept()
        for await (const text of ws.iterText()) if (text === 'last') break
        await ws.sendText('left')
        await ws.close(4001)
      },
    },
    visits: [{ play: (ws) => sendAll(ws, 'one', 'last', 'unread', 'unread'), end: 4001 }],
  },
  'MS-21 an invalid message of the handler': {
    app: {
      route: { messages: { send: NUMBER } },
      handler: async (ws) => {
        await ws.accept()
        await ws.sendJson({ n: DETAIL })
      },
    },
    visits: [{ end: 1011 }],
  },
}

function callbacks(given: CaseCallbacks, end = 1011): Case {
  return { app: { callbacks: given }, visits: [{ play: hello, end }] }
}

async function echo(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  for await (const { data } of ws) await ws.send(data)
}

async function receiveJson(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson([await ws.receiveJson(), 'x' in {}])
}

async function sendAll(ws: WebSocketTestConnection, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await ws.sendText(text)
}

/** Sends, waits for as many answers, and closes. */
async function ask(ws: WebSocketTestConnection, ...texts: readonly string[]): Promise<void> {
  await sendAll(ws, ...texts)
  for (const _ of texts) await ws.receive()
  await ws.close(4000, 'done')
}

function fragments(...texts: readonly string[]) {
  return async (ws: WebSocketTestConnection): Promise<void> => {
    for (const [index, text] of texts.entries()) {
      const opcode = index === 0 ? Opcode.TEXT : Opcode.CONTINUATION
      await ws.sendFrame(encodeFrame(opcode, text, { mask: true, fin: index === texts.length - 1 }))
    }
  }
}
