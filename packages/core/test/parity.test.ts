import { encodeFrame, Opcode } from '@sluice/protocol'
import { ConnectionClosed, HandshakeDenied, WebSocketTestClient, type WebSocketTestConnection } from '@sluice/testing'
import Fastify from 'fastify'
import Type from 'typebox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sluice, WebSocketClose, type WebSocketConnection, type WebSocketRouteOptions } from '../src/index.ts'
import { ENGINES } from './support/site.ts'

interface Scenario {
  readonly path?: string
  readonly subprotocols?: readonly string[]
  readonly route?: WebSocketRouteOptions
  readonly handler?: (ws: WebSocketConnection) => unknown
  /** What the client does once it is open. */
  readonly play?: (ws: WebSocketTestConnection) => unknown
  /** The status of the denial, or the close code. */
  readonly end: number
}

const echo = async (ws: WebSocketConnection): Promise<void> => {
  await ws.accept()
  for await (const { data } of ws) await ws.send(data)
}

const fail = async (ws: WebSocketConnection): Promise<void> => {
  await ws.accept()
  await ws.receive()
  throw new Error('postgres://user:hunter2@db')
}

const rawClose = (payload: Uint8Array) => (ws: WebSocketTestConnection) =>
  ws.sendFrame(encodeFrame(Opcode.CLOSE, payload, { mask: true }))

/** The entries marked † that concern the foundation: each must come out the same in memory and over a socket. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'HS-02 an upgrade on an HTTP route': { path: '/http', end: 404 },
  'HS-03 an unknown path': { path: '/nope', end: 404 },
  'HS-03 a doubled slash': { path: '//ws/7', end: 404 },
  'HS-03 a traversal': { path: '/ws/../ws/7', end: 404 },
  'HS-03 an escaped slash': { path: '/ws%2F7', end: 404 },
  'HS-16 a subprotocol of the server': {
    route: { subprotocols: ['b', 'a'] },
    subprotocols: ['x', 'a', 'b'],
    handler: async (ws) => {
      await ws.accept()
      await ws.sendText(String(ws.subprotocol))
    },
    end: 1000,
  },
  'HS-16 no subprotocol that fits': {
    route: { subprotocols: ['b'], requireSubprotocol: true },
    subprotocols: ['x'],
    end: 400,
  },
  'HS-19 a denial by the handler': { handler: (ws) => ws.deny({ status: 451, body: { why: 'law' } }), end: 451 },
  'HS-19 a throw before accept': { handler: () => Promise.reject(new Error('hunter2')), end: 500 },
  'PA-03 a bad escape': { path: '/ws/%zz', end: 400 },
  'PA-04 a param that is too long': { path: `/ws/${'7'.repeat(101)}`, end: 414 },
  'MS-01 MS-04 a throw after accept': { handler: fail, play: (ws) => ws.sendText('x'), end: 1011 },
  'MS-12 a message of the wrong kind': {
    handler: async (ws) => {
      await ws.accept()
      await ws.receiveText()
    },
    play: (ws) => ws.sendBytes(new Uint8Array(3)),
    end: 1003,
  },
  'MS-08 bad JSON': {
    handler: async (ws) => {
      await ws.accept()
      await ws.receiveJson()
    },
    play: (ws) => ws.sendText('{"secret'),
    end: 1007,
  },
  'MS-08 an invalid message that closes': {
    route: { messages: { receive: Type.Object({ n: Type.Number() }) }, onInvalidMessage: 'close' },
    handler: async (ws) => {
      await ws.accept()
      await ws.receiveJson()
    },
    play: (ws) => ws.sendJson({ n: 'hunter2' }),
    end: 4422,
  },
  'MS-08 MS-09 MS-10 messages that are answered': {
    route: { messages: { receive: Type.Object({ n: Type.Number() }) }, onInvalidJson: 'reply' },
    handler: async (ws) => {
      await ws.accept()
      for await (const value of ws.iterJson()) await ws.sendJson(value)
    },
    async play(ws) {
      const texts = ['{"n":"hunter2"}', '{', '{"__proto__":1}', '['.repeat(65), '{"n":1}']
      for (const text of texts) await ws.sendText(text)
      for (const _ of texts) await ws.receive()
      await ws.close(4000, 'done')
    },
    end: 4000,
  },
  'MS-08 MS-11 an answer in another codec': {
    route: { codec: 'msgpack', messages: { receive: Type.Object({ n: Type.Number() }) } },
    handler: async (ws) => {
      await ws.accept()
      await ws.receiveJson()
    },
    async play(ws) {
      await ws.sendBytes(Uint8Array.from([0x80]))
      await ws.receive()
      await ws.sendBytes(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]))
    },
    end: 1007,
  },
  'MS-21 an invalid message of the handler': {
    route: { messages: { send: Type.Object({ n: Type.Number() }) } },
    handler: async (ws) => {
      await ws.accept()
      await ws.sendJson({ n: 'hunter2' })
    },
    end: 1011,
  },
  'MS-16 a loop until the close': {
    handler: echo,
    async play(ws) {
      for (const text of ['1', '', 'é']) await ws.sendText(text)
      await ws.sendBytes(Buffer.alloc(70_000, 7))
      for (let count = 0; count < 4; count++) await ws.receive()
      await ws.close(4000, 'done')
    },
    end: 4000,
  },
  'PR-10 a close by the handler': {
    handler: async (ws) => {
      await ws.accept()
      throw new WebSocketClose(4321, 'because')
    },
    end: 4321,
  },
  'PR-10 a code that may not be sent': {
    handler: async (ws) => {
      await ws.accept()
      throw new WebSocketClose(1006, 'because')
    },
    end: 1011,
  },
  'PR-11 a reason that is too long': {
    handler: async (ws) => {
      await ws.accept()
      await ws.close(4000, '€'.repeat(100))
    },
    end: 4000,
  },
  'PR-12 an empty close': { handler: echo, play: rawClose(new Uint8Array(0)), end: 1005 },
  'PR-12 a code that may not be received': { handler: echo, play: rawClose(new Uint8Array([3, 238])), end: 1002 },
  'PR-13 a close by both sides at once': {
    handler: async (ws) => {
      await ws.accept()
      await ws.receive()
      await ws.close(4001, 'mine')
    },
    async play(ws) {
      await ws.sendText('now')
    },
    end: 4001,
  },
}

describe.each(ENGINES)('in memory as over a socket, with the %s engine', (engine) => {
  /** Everything that a test can see of a scenario, on both sides of the wire. */
  async function play(scenario: Scenario, transport: 'memory' | 'socket'): Promise<{ end: unknown; seen: unknown }> {
    const { path = '/ws/7', subprotocols = [], route = {}, handler = (ws) => ws.accept() } = scenario
    const app = Fastify()
    onTestFinished(() => app.close())
    await app.register(sluice, { engine })
    app.get('/http', () => 'plain')
    const calls: unknown[] = []
    app.api.websocket('/ws/{id}', route, async (ws) => {
      void ws.closed.then((event) => calls.push(event))
      ws.signal.addEventListener('abort', () => calls.push(`aborted ${ws.signal.reason.code}`))
      await handler(ws)
    })
    const received: unknown[] = []
    let end: unknown
    try {
      const options = { transport, subprotocols, raiseServerErrors: false } as const
      await using ws = await WebSocketTestClient.connect(app, path, options)
      calls.push([ws.subprotocol, Object.keys(ws.responseHeaders).sort()])
      await scenario.play?.(ws)
      if (ws.closed) end = { code: ws.closeCode, reason: ws.closeReason }
      for (;;) received.push(await ws.receive())
    } catch (error) {
      if (error instanceof ConnectionClosed) end ??= { code: error.code, reason: error.reason }
      else if (error instanceof HandshakeDenied) end = seenOf(error)
      else throw error
    }
    await app.close()
    expect(app.api.connections.size).toBe(0)
    // How long a handshake took is the one thing that may differ.
    const { handshakes: _, routes, ...stats } = app.api.stats()
    return { end, seen: { received, calls, stats, routes: Object.keys(routes) } }
  }

  it.each(Object.keys(SCENARIOS))('TC-01 %s', async (name) => {
    const scenario = SCENARIOS[name] as Scenario
    const inMemory = await play(scenario, 'memory')
    const overSocket = await play(scenario, 'socket')
    expect(inMemory).toEqual(overSocket)
    expect(inMemory.end).toMatchObject(scenario.end < 1000 ? { status: scenario.end } : { code: scenario.end })
    expect(JSON.stringify(inMemory)).not.toContain('hunter2')
  })
})

function seenOf({ status, headers, body, stage }: HandshakeDenied): object {
  return { status, headers: { ...headers, date: '' }, body, stage }
}
