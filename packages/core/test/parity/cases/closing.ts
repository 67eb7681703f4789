import { WebSocketClose, type WebSocketConnection } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import type { WebSocketTestConnection } from '@sluice/testing'
import type { Case, Cases } from '../matrix.ts'

export const CLOSING: Cases = {
  'PR-10 codes that may be sent': {
    app: { path: '/ws/{code:int}', handler: throwCode },
    visits: [1000, 1001, 1003, 1011, 1013, 3000, 4999].map((code) => ({ target: `/ws/${code}`, end: code })),
  },
  'PR-10 codes that may not be sent': {
    app: { path: '/ws/{code:int}', handler: throwCode },
    visits: [0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map((code) => ({ target: `/ws/${code}`, end: 1011 })),
  },
  'PR-11 reasons that are too long': closingWith('€'.repeat(100)),
  'PR-11 reasons with line breaks': closingWith('a\r\nb'),
  'PR-12 an empty close': received([], 1005),
  'PR-12 a close with a code and a reason': received([0x0f, 0xa0, 0x62, 0x79, 0x65], 4000),
  ...Object.fromEntries(
    [0, 999, 1004, 1005, 1006, 1015, 2000, 5000, 65_535].map((code) => [
      `PR-12 a close with code ${code}`,
      received([code >> 8, code & 0xff], 1002),
    ]),
  ),
  'PR-12 a close of one byte': received([3], 1002),
  'PR-12 a reason that is not UTF-8': received([3, 232, 0xff], 1007),
  'PR-13 a close by the server': {
    app: {
      handler: async (ws) => {
        await ws.accept()
        await ws.receive()
        await ws.close(4001, 'mine')
      },
    },
    visits: [{ play: (ws) => ws.sendText('now'), end: 4001 }],
  },
  'PR-13 data after the close': {
    app: { handler: echo },
    visits: [
      {
        async play(ws) {
          const close = encodeFrame(Opcode.CLOSE, Buffer.from([3, 232]), { mask: true })
          const text = encodeFrame(Opcode.TEXT, 'late', { mask: true })
          await ws.sendFrame(Buffer.concat([close, text]))
        },
        end: 1000,
      },
    ],
  },
  'PR-13 a cut by the server': {
    app: {
      handler: async (ws) => {
        await ws.accept()
        await ws.receive()
        ws.terminate()
      },
    },
    visits: [{ play: (ws) => ws.sendText('go'), end: 1006 }],
  },
  'SD-01 connections that are open when the app drains': {
    app: { handler: echo },
    visits: [
      {
        async play(ws, { app, clock }) {
          await ws.ping()
          const drained = app.api.drain()
          await clock.advance(10_000)
          await drained
        },
        end: 1001,
      },
      { end: 503 },
    ],
  },
}

async function throwCode(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  throw new WebSocketClose(Number(ws.rawParams.code), 'because')
}

async function echo(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  for await (const { data } of ws) await ws.send(data)
}

function closingWith(reason: string): Case {
  const handler = async (ws: WebSocketConnection) => {
    await ws.accept()
    await ws.close(4000, reason)
  }
  return { app: { handler }, visits: [{ end: 4000 }] }
}

/** What comes of a close frame with this payload. */
function received(payload: readonly number[], end: number): Case {
  const play = (ws: WebSocketTestConnection) =>
    ws.sendFrame(encodeFrame(Opcode.CLOSE, Uint8Array.from(payload), { mask: true }))
  return { app: { handler: echo }, visits: [{ play, end }], hasOwnReasons: true }
}
