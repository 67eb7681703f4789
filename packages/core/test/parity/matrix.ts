import { text } from 'node:stream/consumers'
import { inspect, isDeepStrictEqual } from 'node:util'
import sluice, {
  type Callbacks,
  type SluiceOptions,
  type WebSocketConnection,
  type WebSocketRouteOptions,
} from '@sluice/core'
import { Opcode } from '@sluice/protocol'
import {
  ConnectionClosed,
  HandshakeDenied,
  type TestClientOptions,
  type TransportName,
  type VirtualClock,
  virtualClock,
  WebSocketTestClient,
  type WebSocketTestConnection,
} from '@sluice/testing'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { expect, onTestFinished } from 'vitest'
import { openStream } from '../conformance/support.ts'
import { EPOCH } from '../gates/support/credentials.ts'
import type { ENGINES } from '../support/site.ts'

/** Writes down a call: what a backend, a guard, a handler or a callback of the case did. */
export type Note = (call: unknown) => void

export type CaseCallbacks = Callbacks<WebSocketConnection, unknown>

/** The app of a case. */
export interface CaseApp {
  /** @default '/ws/{id}' */
  readonly path?: string
  readonly plugin?: SluiceOptions
  readonly route?: WebSocketRouteOptions
  /** @default one that accepts, says who came in, and closes */
  readonly handler?: (ws: WebSocketConnection) => unknown
  /** In the place of a handler. */
  readonly callbacks?: CaseCallbacks
  /** Declares what the app has besides. */
  readonly declare?: (app: FastifyInstance) => unknown
}

/** One attempt to connect, and all that the client does. */
export interface Visit extends TestClientOptions {
  /** @default '/ws/7' */
  readonly target?: string
  /** Bytes in the place of an upgrade request. The server ends the stream after its answer. */
  readonly bytes?: string
  /** Milliseconds that pass before. */
  readonly after?: number
  /** What the client does once the connection is open. */
  readonly play?: (ws: WebSocketTestConnection, site: CaseSite) => unknown
  /** The status of the denial, or the close code. */
  readonly end: number
}

export interface CaseSite {
  readonly app: FastifyInstance
  readonly clock: VirtualClock
}

/** What is done to an app, visit by visit, and how each visit ends. */
export interface Case {
  readonly app?: CaseApp | ((note: Note) => CaseApp)
  readonly visits: readonly Visit[]
  /** May stand in nothing that the peer or the log sees. */
  readonly secret?: string
  /** Engines word the reason of this close by themselves, or leave it out: RFC 6455 demands the code alone. */
  readonly hasOwnReasons?: true
}

/** Stands in the errors that handlers and guards throw: the log has it, and no peer may. */
export const DETAIL = 'hunter2'

export type Cases = Readonly<Record<string, Case>>

/** Plays a case over each transport and each engine, and demands that everything that can be seen of it is the same. */
export async function playInAll(case_: Case): Promise<void> {
  const inFrame = await playInBoth(case_, 'frame')
  const inWs = await playInBoth(case_, 'ws')
  const comparable = case_.hasOwnReasons === true ? withoutReasons : <T>(record: T) => record
  assertSame(comparable(inFrame), comparable(inWs))
  expect(inFrame.visits.map(endOf)).toEqual(case_.visits.map(({ end }) => end))
  expect(shown(inFrame.visits)).not.toContain(DETAIL)
  if (case_.secret !== undefined) expect(shown([inFrame.visits, inFrame.log])).not.toContain(case_.secret)
}

async function playInBoth(case_: Case, engine: EngineName): Promise<CaseRecord> {
  const inMemory = await play(case_, 'memory', engine)
  assertSame(inMemory, await play(case_, 'socket', engine))
  return inMemory
}

function assertSame({ name, ...record }: CaseRecord, { name: nameOfOther, ...other }: CaseRecord): void {
  if (isDeepStrictEqual(record, other)) return
  expect(other, `${name} ${shown(record)}\n${nameOfOther} ${shown(other)}`).toEqual(record)
}

type EngineName = (typeof ENGINES)[number]

/** Everything that can be seen of a case, on both sides of the wire. */
interface CaseRecord {
  readonly name: string
  readonly visits: readonly VisitRecord[]
  /** Who was asked, what ran and how it ended, in order. */
  readonly calls: readonly unknown[]
  /** Warnings and errors, and lines with the secret. */
  readonly log: readonly string[]
  readonly stats: unknown
}

type VisitRecord =
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'denied'; readonly status: number; readonly headers: object; readonly body: unknown }
  | { readonly kind: 'closed'; readonly headers: object; readonly frames: readonly string[]; readonly close: Close }

interface Close {
  readonly code: number
  readonly reason: string
}

async function play(case_: Case, transport: TransportName, engine: EngineName): Promise<CaseRecord> {
  const { app: given = {}, visits, secret } = case_
  const calls: unknown[] = []
  const log: string[] = []
  const note: Note = (call) => void calls.push(call)
  const clock = virtualClock({ wallTime: EPOCH })
  const app = Fastify({ logger: { level: 'info', stream: { write: (line) => void log.push(...noted(line, secret)) } } })
  onTestFinished(() => app.close())
  await assemble(app, typeof given === 'function' ? given(note) : given, { engine, clock }, note)

  const records: VisitRecord[] = []
  for (const visit of visits) {
    if (visit.after !== undefined) await clock.advance(visit.after)
    records.push(await (visit.bytes === undefined ? connect : exchange)({ app, clock }, visit, transport))
  }
  await app.close()
  const { handshakes: _, ...stats } = app.api.stats()
  return { name: `${transport}, engine ${engine}`, visits: records, calls, log: log.sort(), stats }
}

async function assemble(app: FastifyInstance, of: CaseApp, always: SluiceOptions, note: Note): Promise<void> {
  const { path = '/ws/{id}', plugin, route = {}, handler = greet, callbacks, declare } = of
  for (const hook of ['onRequest', 'preHandler'] as const) {
    app.addHook(hook, async ({ url, ip, host, protocol }: FastifyRequest) => note({ hook, url, ip, host, protocol }))
  }
  await app.register(sluice, {
    onDenied: ({ stage, denial }) => note(['denied', stage, denial.code]),
    ...always,
    ...plugin,
  })
  await declare?.(app)
  if (callbacks !== undefined) {
    app.api.websocket(path, { ...route, ...callbacks })
    return
  }
  app.api.websocket(path, route, async (ws) => {
    note('handler')
    void ws.closed.then((event) => note(event))
    ws.signal.addEventListener('abort', () => note(['aborted', ws.signal.reason.code]))
    await handler(ws)
  })
}

async function greet(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson({ userId: ws.auth?.userId ?? null, params: ws.params })
}

async function connect(site: CaseSite, visit: Visit, transport: TransportName): Promise<VisitRecord> {
  const { target = '/ws/7', bytes: _, after: __, end: ___, play, ...options } = visit
  const frames: string[] = []
  try {
    const client = { transport, raiseServerErrors: false, ...options }
    const ws = await WebSocketTestClient.connect(site.app, target, client)
    try {
      await play?.(ws, site)
      for (;;) {
        const { opcode, payload } = await ws.receiveFrame()
        frames.push(`${opcode} ${payload.toString('latin1')}`)
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error
      await ws[Symbol.asyncDispose]()
      const close = { code: error.code, reason: error.reason }
      return { kind: 'closed', headers: lasting(ws.responseHeaders), frames, close }
    }
  } catch (error) {
    if (!(error instanceof HandshakeDenied)) throw error
    const { status, headers, body } = error
    return { kind: 'denied', status, headers: lasting(headers), body }
  }
}

async function exchange({ app }: CaseSite, { bytes = '' }: Visit, transport: TransportName): Promise<VisitRecord> {
  const stream = await openStream(app, transport)
  stream.write(bytes, 'latin1')
  const answer = await text(stream)
  stream.destroy()
  return { kind: 'answered', answer: answer.replace(/^date: .*\r\n/im, '') }
}

/** Headers less those that differ each time. */
function lasting({ date: _, 'sec-websocket-accept': __, ...headers }: Readonly<Record<string, unknown>>): object {
  return headers
}

function endOf(record: VisitRecord): number {
  if (record.kind === 'answered') return Number(record.answer.split(' ')[1])
  return record.kind === 'denied' ? record.status : record.close.code
}

function noted(line: string, secret: string | undefined): string[] {
  const { level, msg } = JSON.parse(line)
  const told = secret !== undefined && line.includes(secret) ? [`tells ${secret}`] : []
  return level >= 40 ? [`${level} ${msg}`, ...told] : told
}

function shown(record: object): string {
  return inspect(record, { depth: null, breakLength: 120, maxStringLength: null })
}

/** The same record with the code alone of each close. */
function withoutReasons(record: CaseRecord): CaseRecord {
  return JSON.parse(JSON.stringify(record), (key, value) => {
    if (key === 'reason') return ''
    return typeof value === 'string' && value.startsWith(CLOSE_FRAME) ? value.slice(0, CLOSE_FRAME.length + 2) : value
  })
}

/** How the record of a close frame begins, before the two bytes of its code. */
const CLOSE_FRAME = `${Opcode.CLOSE} `
