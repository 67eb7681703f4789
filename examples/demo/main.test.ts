import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { closeOf, openWebSocket } from '../support/open-websocket.ts'
import { startExample } from '../support/start-example.ts'

const SLOW = { timeout: 20_000 }

it.each(['SIGINT', 'SIGTERM'] as const)('ends with code 0 on %s while a WebSocket is open', SLOW, async (signal) => {
  await using demo = await startExample('demo')
  expect((await fetch(demo.address)).status).toBe(200)

  const socket = await openWebSocket(`${demo.address.replace('http', 'ws')}/ws/echo`)
  const [code, close] = await Promise.all([demo.stop(signal), closeOf(socket)])
  expect(close).toMatchObject({ code: 1001, reason: 'Server shutdown' })
  expect(code).toBe(0)
})

it('does not wait for a peer that never answers when Ctrl-C comes twice', SLOW, async () => {
  await using demo = await startExample('demo')
  const peer = await openSilentPeer(`${demo.address}/ws/echo`)
  const closeFrame = once(peer, 'data')
  const code = demo.stop('SIGINT')
  await closeFrame
  await demo.stop('SIGINT')
  expect(await code).toBe(1)
})

it('listens on the port that --port or PORT gives, --port first', SLOW, async () => {
  const port = await freePort()
  const byFlag = await startExample('demo', ['--port', String(port)], { PORT: '0' })
  await byFlag[Symbol.asyncDispose]()
  await using byVariable = await startExample('demo', [], { PORT: String(port) })
  expect(byFlag.address).toBe(`http://127.0.0.1:${port}`)
  expect(byVariable.address).toBe(byFlag.address)
})

it('takes another port when nobody chose one and 3000 is taken', SLOW, async () => {
  await using _ = await occupy(3_000)
  await using demo = await startExample('demo', [], { PORT: undefined })
  expect(demo.output[0]).toContain('Port 3000 is taken')
  expect((await fetch(demo.address)).status).toBe(200)
})

/** Makes the handshake and then reads without ever answering. */
async function openSilentPeer(url: string): Promise<Socket> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  const [, socket] = await once(get(url, { headers }), 'upgrade')
  return socket.on('error', () => {})
}

/** Has the port until the test is over, whoever holds it. */
async function occupy(port: number): Promise<AsyncDisposable> {
  const server = createServer().listen(port, '127.0.0.1')
  const isOurs = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  return { [Symbol.asyncDispose]: async () => (isOurs ? server[Symbol.asyncDispose]() : undefined) }
}

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
