import type { SluiceOptions, WebSocketConnection } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { ConnectionClosed, HandshakeDenied } from '../src/errors.ts'
import type { TestClientOptions, TransportName } from '../src/options.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import type { WebSocketTestConnection } from '../src/websocket-test-connection.ts'
import { createApp } from './support/app.ts'

interface Scenario {
  /** The status of the denial, or the close code. */
  readonly end: { readonly status: number } | { readonly code: number }
  readonly options?: SluiceOptions
  readonly client?: TestClientOptions
  readonly path?: string
  handler?(ws: WebSocketConnection): Promise<void>
  play?(ws: WebSocketTestConnection): Promise<void>
}

/** Everything that a test can see of a scenario, whatever carried it. */
async function outcomeOf(scenario: Scenario, transport: TransportName): Promise<unknown> {
  const { options = {}, client = {}, path = '/ws/7', handler = (ws) => ws.accept(), play } = scenario
  const app = await createApp(options)
  const calls: unknown[] = []
  const note = (hook: string) => async (request: FastifyRequest) => {
    calls.push({ hook, ip: request.ip, host: request.host, protocol: request.protocol })
  }
  app.addHook('onRequest', note('onRequest'))
  app.addHook('preHandler', note('preHandler'))
  app.addHook('onSend', note('onSend'))
  app.api.websocket('/ws/{id:int}', async (ws) => {
    ws.closed.then((event) => calls.push(event))
    await handler(ws)
  })
  const received: unknown[] = []
  let end: unknown
  try {
    const ws = await WebSocketTestClient.connect(app, path, { transport, raiseServerErrors: false, ...client })
    calls.push(Object.keys(ws.responseHeaders).sort())
    await play?.(ws)
    for (;;) received.push(await ws.receive())
  } catch (error) {
    end = seen(error)
  }
  await app.close()
  return { end, received, calls }
}

function seen(error: unknown): unknown {
  if (error instanceof ConnectionClosed) return { code: error.code, reason: error.reason }
  if (!(error instanceof HandshakeDenied)) throw error
  const { status, headers, body, stage } = error
  return { status, headers: { ...headers, date: '' }, body, stage }
}

const frame = (opcode: Opcode, payload: string | Uint8Array, fin = true) =>
  encodeFrame(opcode, payload, { mask: true, fin })

const echo = async (ws: WebSocketConnection) => {
  await ws.accept({ headers: { 'x-server': 'yes' } })
  for await (const { data } of ws) await ws.send(data)
}

const scenarios: Record<string, Scenario> = {
  'an accepted handshake': {
    end: { code: 1000 },
    handler: (ws) => ws.accept({ headers: { 'set-cookie': ['a=1', 'b=2'] } }),
  },
  'a param that cannot be coerced': { end: { status: 422 }, path: '/ws/x' },
  'a path without a route': { end: { status: 404 }, path: '/nowhere' },
  'a malformed escape': { end: { status: 400 }, path: '/ws/%zz' },
  'a version that is not 13': { end: { status: 426 }, client: { headers: { 'sec-websocket-version': '8' } } },
  'a key that is none': { end: { status: 400 }, client: { headers: { 'sec-websocket-key': 'short' } } },
  'a foreign origin': { end: { status: 403 }, client: { origin: 'https://elsewhere.example' } },
  'a required subprotocol': { end: { status: 400 }, options: { subprotocols: ['a'], requireSubprotocol: true } },
  'a handler that denies': {
    end: { status: 410 },
    handler: (ws) => ws.deny({ status: 410, headers: { 'x-gone': '1' }, body: 'gone' }),
  },
  'a handler that closes before accept': { end: { status: 401 }, handler: (ws) => ws.close(4401, 'who?') },
  'a handler that throws before accept': { end: { status: 500 }, handler: () => Promise.reject(new Error('secret')) },
  'a handler that throws': {
    end: { code: 1011 },
    async handler(ws) {
      await ws.accept()
      throw new Error('secret')
    },
  },
  'a close by the client': { end: { code: 4000 }, handler: echo, play: (ws) => ws.close(4000, 'bye') },
  'a close without a code': { end: { code: 1005 }, handler: echo, play: (ws) => ws.close(1005) },
  'a close by the server': {
    end: { code: 4001 },
    async handler(ws) {
      await ws.accept()
      await ws.sendText('last')
      await ws.close(4001, 'enough')
    },
  },
  'a cut by the server': {
    end: { code: 1006 },
    async handler(ws) {
      await ws.accept()
      await ws.receive()
      ws.terminate()
    },
    play: (ws) => ws.sendText('go'),
  },
  'a message of exactly the limit': {
    end: { code: 1000 },
    options: { limits: { maxMessageSize: 5 } },
    async handler(ws) {
      await ws.accept()
      await ws.sendText(await ws.receiveText())
    },
    play: (ws) => ws.sendText('12345'),
  },
  'a message above the limit': {
    end: { code: 1009 },
    options: { limits: { maxMessageSize: 5 } },
    handler: echo,
    play: (ws) => ws.sendText('123456'),
  },
  'a fragmented message above the limit': {
    end: { code: 1009 },
    options: { limits: { maxMessageSize: 5 } },
    handler: echo,
    async play(ws) {
      await ws.sendFrame(frame(Opcode.TEXT, '123', false))
      await ws.sendFrame(frame(Opcode.CONTINUATION, '456'))
    },
  },
  'too many fragments': {
    end: { code: 1008 },
    options: { limits: { maxFragments: 2 } },
    handler: echo,
    async play(ws) {
      await ws.sendFrame(frame(Opcode.TEXT, '1', false))
      for (let count = 0; count < 2; count++) await ws.sendFrame(frame(Opcode.CONTINUATION, '2', false))
    },
  },
  'text that is not UTF-8': {
    end: { code: 1007 },
    handler: echo,
    play: (ws) => ws.sendFrame(frame(Opcode.TEXT, new Uint8Array([0xff]))),
  },
  'a frame that is not masked': {
    end: { code: 1002 },
    handler: echo,
    play: (ws) => ws.sendFrame(encodeFrame(Opcode.TEXT, 'bare')),
  },
  'an unknown opcode': {
    end: { code: 1002 },
    handler: echo,
    play: (ws) => ws.sendFrame(Uint8Array.of(0x83, 0x80, 0, 0, 0, 0)),
  },
  'a message of the wrong kind': {
    end: { code: 1003 },
    async handler(ws) {
      await ws.accept()
      await ws.receiveBytes()
    },
    play: (ws) => ws.sendText('text'),
  },
  'a message that is not JSON': {
    end: { code: 1007 },
    async handler(ws) {
      await ws.accept()
      await ws.receiveJson()
    },
    play: (ws) => ws.sendText('{'),
  },
  'a handshake that takes too long': {
    end: { status: 503 },
    options: { handshakeTimeout: 10 },
    async handler(ws) {
      await ws.closed
    },
  },
}

describe('TC-01, TC-03 a test sees the same in memory and over a socket', () => {
  it.each(Object.keys(scenarios))('%s', async (name) => {
    const scenario = scenarios[name] as Scenario
    const [memory, socket] = [await outcomeOf(scenario, 'memory'), await outcomeOf(scenario, 'socket')]

    expect(memory).toEqual(socket)
    expect(memory).toMatchObject({ end: scenario.end })
  })
})
