import { connect } from 'node:net'
import Fastify from 'fastify'
import { sluice } from '../src/index.ts'
import type { FuzzOptions } from './echo-server.ts'
import { runConcurrently } from './run-concurrently.ts'

export interface AbandonReport {
  readonly handshakes: number
  readonly connects: number
  readonly disconnects: number
}

const PLACES = 16
const REQUEST =
  'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/**
 * Opens connections and resets each the moment that its 101 arrives.
 *
 * @throws When a place is released twice or not at all, or a connection ends twice, or without having begun
 */
export async function abandonHandshakes({ count, engine }: Omit<FuzzOptions, 'seed'>): Promise<AbandonReport> {
  const app = Fastify()
  const seen = new Map<string, number>()
  let disconnects = 0
  await app.register(sluice, { engine, maxConnections: PLACES })
  app.api.websocket('/ws', {
    onConnect: (ws) => void seen.set(ws.id, 0),
    onDisconnect(ws) {
      disconnects++
      seen.set(ws.id, (seen.get(ws.id) ?? Number.NaN) + 1)
    },
  })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  try {
    await runConcurrently({ first: 0, count, concurrency: PLACES }, () => abandon(port))
    while (app.api.stats().open > 0) await new Promise((resolve) => setImmediate(resolve))
    const wrong = [...seen].filter(([, ends]) => ends !== 1)
    if (wrong.length > 0) throw new Error(`${wrong.length} connections did not end once`)
    const { accepted, closed, handlerErrors } = app.api.stats()
    if (accepted !== closed || handlerErrors !== 0) throw new Error(`${accepted} accepted, ${closed} closed`)
    const report = { handshakes: count, connects: seen.size, disconnects }
    await assertPlaces(port, PLACES)
    return report
  } finally {
    await app.close()
  }
}

function abandon(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST))
    socket.once('data', () => socket.resetAndDestroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

/** Exactly so many places are free. */
async function assertPlaces(port: number, places: number): Promise<void> {
  const sockets = Array.from({ length: places + 1 }, () => connect(port, '127.0.0.1'))
  let opened = 0
  for (const socket of sockets) {
    const status = await new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.once('data', (chunk) => resolve(chunk.toString('latin1', 9, 12)))
      socket.write(REQUEST)
    })
    if (status === '101') opened++
  }
  for (const socket of sockets) socket.destroy()
  if (opened !== places) throw new Error(`${opened} of ${places} places are free`)
}
