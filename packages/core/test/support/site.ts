import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { expect, onTestFinished } from 'vitest'
import { type SluiceOptions, sluice } from '../../src/index.ts'
import { serverOf } from '../../src/internal.ts'
import { RawConnection, type RawResponse } from './raw-connection.ts'
import { RawWebSocket, type RawWebSocketOptions } from './raw-websocket.ts'
import { type RequestLines, upgradeRequest } from './upgrade-request.ts'

/** Both engines: whatever a test says of one holds for the other. */
export const ENGINES = ['frame', 'ws'] as const

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A server that listens on 127.0.0.1 for the time of one test. */
export interface Site {
  readonly port: number
  dial(options?: { allowHalfOpen?: boolean }): Promise<RawConnection>
  /** Writes one request and reads the response. The stream must end after it. */
  ask(text: string, options?: { toHead?: boolean }): Promise<RawResponse>
  /** Opens a WebSocket. @throws Error when it is denied */
  open(path: string, options?: RequestLines & RawWebSocketOptions): Promise<RawWebSocket>
}

export interface AppSite extends Site {
  readonly app: FastifyInstance
  /** What the app has logged. */
  readonly log: readonly LogLine[]
  /** Resolves with all lines of this text once there are so many. */
  logged(text: string, count?: number): Promise<readonly LogLine[]>
  /** Resolves when no connection is open any more. */
  settled(): Promise<void>
}

/** Serves an app with Sluice for the time of one test. At its end the app closes, and nothing is left open. */
export async function serve(options: SluiceOptions, declare: (app: FastifyInstance) => unknown): Promise<AppSite> {
  return serveApp(async (app) => {
    await app.register(sluice, options)
    await declare(app)
  })
}

/** Serves an app that registers Sluice by itself. */
export async function serveApp(
  assemble: (app: FastifyInstance) => unknown,
  options: FastifyServerOptions = {},
): Promise<AppSite> {
  const { log, stream, logged } = recordLog()
  const app: FastifyInstance = Fastify({ ...options, logger: { level: 'info', stream } })
  const site = { app, log, logged, port: 0, settled: () => connectionsEnd(app) }
  const dialled = finishTest(async () => {
    await app.close()
    if (app.hasDecorator('api')) expect(app.api.connections.size).toBe(0)
  })
  await assemble(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  site.port = (app.server.address() as AddressInfo).port
  return Object.assign(site, siteMethods(site, dialled))
}

function recordLog() {
  const log: LogLine[] = []
  const waiting = new Set<() => void>()
  const write = (line: string): void => {
    log.push(JSON.parse(line))
    for (const wake of waiting) wake()
  }
  async function logged(text: string, count = 1): Promise<readonly LogLine[]> {
    for (;;) {
      const lines = log.filter(({ msg }) => msg === text)
      if (lines.length >= count) return lines
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      await promise
      waiting.delete(resolve)
    }
  }
  return { log, stream: { write }, logged }
}

async function connectionsEnd(app: FastifyInstance): Promise<void> {
  const server = serverOf(app)
  while (server !== undefined && server.connections.size > 0) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const observer = { connectionOnEnd: () => resolve() }
    server.observers.add(observer)
    await promise
    server.observers.delete(observer)
  }
}

/** A site whose server a test makes and closes. */
export function siteOn(port: number, close: () => Promise<unknown>): Site {
  const site = { port }
  return Object.assign(site, siteMethods(site, finishTest(close)))
}

function siteMethods(site: { readonly port: number }, dialled: Set<RawConnection>): Omit<Site, 'port'> {
  const dial = async (options?: { allowHalfOpen?: boolean }): Promise<RawConnection> => {
    const connection = await RawConnection.dial(site.port, options)
    dialled.add(connection)
    return connection
  }
  return {
    dial,
    async ask(text, options) {
      const connection = await dial()
      connection.write(text)
      const response = await connection.response(options)
      await connection.end()
      return response
    },
    async open(path, { mute = false, ...lines } = {}) {
      const connection = await dial()
      connection.write(upgradeRequest({ path, ...lines }))
      const response = await connection.response()
      if (response.status !== 101) throw new Error(`${path} was denied with ${response.status}: ${response.body}`)
      return new RawWebSocket(connection, response, { mute })
    },
  }
}

/** At the end of the test: clients leave, the server closes, and no rejection was left unhandled. */
function finishTest(close: () => Promise<unknown>): Set<RawConnection> {
  const dialled = new Set<RawConnection>()
  if (sites++ === 0) process.on('unhandledRejection', noteRejection)
  onTestFinished(async () => {
    for (const connection of dialled) connection.destroy()
    await close()
    if (--sites === 0) process.removeListener('unhandledRejection', noteRejection)
    expect(rejections.splice(0)).toEqual([])
  })
  return dialled
}

let sites = 0
const rejections: unknown[] = []

function noteRejection(reason: unknown): void {
  rejections.push(reason)
}
