import { once } from 'node:events'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import sluice, { type SluiceOptions, type WebSocketConnection, type WebSocketRouteOptions } from '@sluice/core'
import {
  HandshakeDenied,
  type TestClientOptions,
  type TransportName,
  WebSocketTestClient,
  type WebSocketTestConnection,
} from '@sluice/testing'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { expect, onTestFinished } from 'vitest'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** An app whose one WebSocket route stands behind a gate. */
export interface Gate {
  /** @default '/ws' */
  readonly path?: string
  readonly route?: WebSocketRouteOptions
  readonly plugin?: SluiceOptions
  readonly server?: FastifyServerOptions
  /** @default one that says who came in, and closes */
  readonly handler?: (ws: WebSocketConnection) => Promise<void>
  /** Declares what the app has besides. */
  readonly declare?: (app: FastifyInstance) => unknown
}

/** What a peer sends. */
export interface Peer extends TestClientOptions {
  /** @default '/ws' */
  readonly target?: string
}

/** What a peer sees of its handshake. */
export interface Answer {
  readonly status: number
  /** Less the date and the digest of the random key. */
  readonly headers: Readonly<Record<string, unknown>>
  /** The bytes of the body as text; of an open connection the messages. */
  readonly body: string
  readonly close?: { readonly code: number | null; readonly reason: string | null }
}

/** A gate that is open for visitors. */
export interface Site {
  readonly app: FastifyInstance
  readonly clock: VirtualClock
  readonly transport: TransportName
  /** In order: who was asked, what ran, and what denied. */
  readonly calls: string[]
  /** Everything that the app has logged. */
  readonly log: string[]
  /** Makes one attempt to connect, and waits for its end. */
  knock(peer?: Peer): Promise<Answer>
  /** Connects. The test ends the connection. */
  open(peer?: Peer): Promise<WebSocketTestConnection>
  /** Sends bytes and gives those that come until the server ends the stream, less the date. */
  exchange(bytes: string): Promise<string>
}

export type GateOf = Gate | ((note: (call: string) => void) => Gate)

/** Opens a gate for the time of one test. */
export async function openGate(given: GateOf, transport: TransportName = 'socket'): Promise<Site> {
  const calls: string[] = []
  const note = (call: string) => void calls.push(call)
  const {
    path = '/ws',
    route = {},
    plugin,
    server,
    handler = greet,
    declare,
  } = typeof given === 'function' ? given(note) : given
  const log: string[] = []
  const clock = new VirtualClock()
  const stream = { write: (line: string) => void log.push(line) }
  const app: FastifyInstance = Fastify({ ...server, logger: { level: 'trace', stream } })
  onTestFinished(() => app.close())
  await app.register(sluice, { clock, onDenied: ({ stage }) => note(`denied: ${stage}`), ...plugin })
  await declare?.(app)
  app.api.websocket(path, route, async (ws) => {
    note('handler')
    await handler(ws)
  })
  const open: Site['open'] = ({ target = '/ws', ...options } = {}) =>
    WebSocketTestClient.connect(app, target, { transport, ...options })
  return {
    app,
    clock,
    transport,
    calls,
    log,
    open,
    knock: (peer) => answerOf(open({ raiseServerErrors: false, ...peer })),
    async exchange(bytes) {
      const duplex = await dial(app, transport)
      duplex.write(bytes, 'latin1')
      const answer = await text(duplex)
      duplex.destroy()
      return answer.replace(/^date: .*\r\n/im, '')
    },
  }
}

/**
 * Runs a scenario in memory and over a socket, each on an app of its own, and demands that everything is the same in both, byte for byte:
 * what the scenario gives, who was asked on the way, and what denied.
 */
export async function inBoth<T>(
  gate: GateOf,
  scenario: (site: Site) => Promise<T>,
): Promise<{ result: T; calls: string[] }> {
  const [memory, socket] = [await run('memory'), await run('socket')]
  expect(socket).toEqual(memory)
  expect(JSON.stringify(socket)).toBe(JSON.stringify(memory))
  return memory

  async function run(transport: TransportName): Promise<{ result: T; calls: string[] }> {
    const site = await openGate(gate, transport)
    return { result: await scenario(site), calls: site.calls }
  }
}

/** One attempt in both transports. */
export async function knock(gate: GateOf, peer?: Peer): Promise<Answer> {
  return (await inBoth(gate, (site) => site.knock(peer))).result
}

/** Several attempts, one after the other, on one app in each transport. */
export async function knocks(gate: GateOf, peers: readonly Peer[]): Promise<Answer[]> {
  const { result } = await inBoth(gate, async (site) => {
    const answers: Answer[] = []
    for (const peer of peers) answers.push(await site.knock(peer))
    return answers
  })
  return result
}

async function greet(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson({ userId: ws.auth?.userId ?? null, params: ws.params })
}

async function answerOf(connecting: Promise<WebSocketTestConnection>): Promise<Answer> {
  try {
    await using ws = await connecting
    const messages: string[] = []
    for await (const message of ws.iterText()) messages.push(message)
    const close = { code: ws.closeCode, reason: ws.closeReason }
    return { status: 101, headers: lasting(ws.responseHeaders), body: messages.join('\n'), close }
  } catch (error) {
    if (!(error instanceof HandshakeDenied)) throw error
    const { status, headers, body } = error
    return { status, headers: lasting(headers), body: bytesOf(body, headers['content-length']) }
  }
}

function lasting({
  date: _,
  'sec-websocket-accept': __,
  ...headers
}: Readonly<Record<string, unknown>>): Answer['headers'] {
  return headers
}

/** The client parses JSON: the length tells that nothing was lost by it. */
function bytesOf(body: unknown, length: string | undefined): string {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body)
  expect(Buffer.byteLength(bytes)).toBe(Number(length ?? 0))
  return bytes
}

async function dial(app: FastifyInstance, transport: TransportName): Promise<Duplex> {
  if (transport === 'socket') {
    if (!app.server.listening) await listen(app)
    const { port } = app.server.address() as AddressInfo
    const socket = connectTo(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  await app.ready()
  const [client, server] = duplexPair()
  app.server.emit('connection', Object.assign(server, { remoteAddress: '127.0.0.1' }))
  return client
}

/** Those who dial at the same time wait for one `listen`. */
function listen(app: FastifyInstance): Promise<string> {
  const beginning = begun.get(app) ?? app.listen({ port: 0, host: '127.0.0.1' })
  begun.set(app, beginning)
  return beginning
}

const begun = new WeakMap<FastifyInstance, Promise<string>>()
