import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { type SluiceOptions, sluice } from '../src/index.ts'

export interface FuzzOptions {
  /** How many of what is sent. */
  readonly count: number
  /** The first one's; the next one's is one more. */
  readonly seed: number
  readonly engine: 'frame' | 'ws'
}

/** A server that echoes on `/ws`, on a port of 127.0.0.1. */
export interface EchoServer {
  readonly app: FastifyInstance
  readonly port: number
  close(): Promise<void>
}

/** @param options of the plugin; the route adds nothing to them */
export async function startEchoServer(options: SluiceOptions = {}): Promise<EchoServer> {
  const app = Fastify()
  await app.register(sluice, options)
  app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}

/** Resolves when no connection is open any more. */
export async function settled({ app }: EchoServer): Promise<void> {
  while (app.api.stats().open > 0) await new Promise((resolve) => setImmediate(resolve))
}

/** @throws Error when a connection is left, a handler has failed, or nobody answers */
export async function assertUnharmed({ app, port }: EchoServer): Promise<void> {
  const { open, handlerErrors } = app.api.stats()
  if (open !== 0 || handlerErrors !== 0)
    throw new Error(`${open} connections left, ${handlerErrors} errors of handlers`)
  const response = await fetch(`http://127.0.0.1:${port}/ws`)
  await response.text()
  if (response.status !== 426) throw new Error(`a plain request is answered with ${response.status}`)
}
