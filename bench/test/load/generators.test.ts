import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { encodeRequest, PLAIN } from '../../src/load/dialects.ts'
import { compileGenerator } from '../../src/load/native.ts'
import type { LoadPlan } from '../../src/load/plan.ts'
import { type Generator, holdConnections, NODE_GENERATOR, startLoad } from '../../src/load-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'sluice-generator-'))
const compiled = await compileGenerator(directory)
const native: Generator[] = compiled === undefined ? [] : [{ name: 'native', command: compiled, args: [] }]

let server: WebSocketServer
let messages = 0

beforeAll(async () => {
  const verifyClient = ({ req }: { req: IncomingMessage }): boolean => req.url !== '/denied'
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, verifyClient })
  server.on('connection', (socket, request) => {
    socket.on('message', (data, isBinary) => {
      messages += 1
      const receivers = request.url === '/fan-out' ? server.clients : [socket]
      for (const receiver of receivers) receiver.send(data, { binary: isBinary })
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
})

afterAll(async () => {
  rmSync(directory, { recursive: true })
  await new Promise((resolve) => server.close(resolve))
})

function createPlan(kind: LoadPlan['kind'], target: string): LoadPlan {
  return {
    kind,
    port: (server.address() as AddressInfo).port,
    sockets: 5,
    inFlight: 3,
    warmup: 0,
    duration: 50,
    framesPerMessage: 1,
    request: encodeRequest(target),
    greeting: PLAIN.greeting,
    message: PLAIN.encodeMessage('echo', 'x'.repeat(200)),
  }
}

describe.each([NODE_GENERATOR, ...native])('the $name generator', (generator) => {
  it.each(['echo', 'fan-out', 'handshake'] as const)('makes and counts the load of %s', async (kind) => {
    messages = 0
    const load = startLoad(generator, undefined, createPlan(kind, `/${kind}`))
    try {
      await load.started()
      const result = await load.finished()
      expect(result.count).toBeGreaterThan(0)
      expect(result.elapsed).toBeGreaterThan(0)
      const deliveries = kind === 'fan-out' ? messages * 5 : messages
      if (kind !== 'handshake') expect(result.count).toBeLessThanOrEqual(deliveries)
    } finally {
      await load.end()
    }
  })

  it('says so when a handshake is denied', async () => {
    const load = startLoad(generator, undefined, createPlan('echo', '/denied'))
    try {
      await expect(load.started()).rejects.toThrow('the handshake was denied: HTTP/1.1 401')
    } finally {
      await load.end()
    }
  })
})

it('holds connections until it is ended', async () => {
  const held = await holdConnections(undefined, { ...createPlan('hold', '/echo'), duration: 10_000 })
  expect(server.clients.size).toBe(5)
  const closed = Array.from(server.clients, (client) => new Promise((resolve) => client.once('close', resolve)))
  await held.end()
  await Promise.all(closed)
})
