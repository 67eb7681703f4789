import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closeOf, nextMessage, openWebSocket } from '../support/open-websocket.ts'
import { api, build } from './express.ts'

let server: Server
let host: string

beforeEach(async () => {
  server = await build()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  await api.drain()
  await server[Symbol.asyncDispose]()
})

it('answers requests with Express and WebSockets with Sluice', async () => {
  const response = await fetch(`http://${host}/`)
  expect(response.headers.get('x-powered-by')).toBe('Express')

  const socket = await openWebSocket(`ws://${host}/ws/echo`)
  socket.send('hello')
  expect(await nextMessage(socket)).toBe('hello')
  socket.close()
  expect(await closeOf(socket)).toMatchObject({ code: 1005 })
})

it('leaves unknown paths to Express', async () => {
  expect((await fetch(`http://${host}/ws/nowhere`)).status).toBe(404)
})

it('closes open WebSockets when it drains', async () => {
  const socket = await openWebSocket(`ws://${host}/ws/echo`)
  const [close] = await Promise.all([closeOf(socket), api.drain()])
  expect(close).toMatchObject({ code: 1001, reason: 'Server shutdown' })
})
