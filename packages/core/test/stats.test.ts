import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApi, sluice, WebSocketClose } from '../src/index.ts'
import { ENGINES } from './support/site.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const TRANSPORTS = ['memory', 'socket'] as const

describe.each(ENGINES.flatMap((engine) => TRANSPORTS.map((transport) => [engine, transport] as const)))(
  'api.stats() with the %s engine over %s',
  (engine, transport) => {
    async function site() {
      const clock = new VirtualClock()
      const app = Fastify()
      await app.register(sluice, { engine, clock })
      app.api.websocket('/echo/{id:int}', async (ws) => {
        await ws.accept()
        for await (const { data } of ws) await ws.send(data)
      })
      app.api.websocket('/slow', async (ws) => {
        clock.advance(250)
        await ws.accept()
        throw new WebSocketClose(4000)
      })
      app.api.websocket('/private', { allowedOrigins: ['https://a.example'], rateLimit: { rps: 1 } }, async (ws) => {
        await ws.accept()
        throw new Error('broken')
      })
      onTestFinished(() => app.close())
      const connect = (path: string, options = {}) =>
        WebSocketTestClient.connect(app, path, { transport, raiseServerErrors: false, ...options })
      return { app, connect }
    }

    it('counts messages and bytes by direction, kind and route', async () => {
      const { app, connect } = await site()
      await using ws = await connect('/echo/1')
      for (const text of ['', 'é', '€'.repeat(100), 'x'.repeat(70_000)]) {
        await ws.sendText(text)
        await ws.receiveText()
      }
      for (const size of [0, 125, 126, 20_000]) {
        await ws.sendBytes(new Uint8Array(size))
        await ws.receiveBytes()
      }
      const counted = {
        text: { messages: 4, bytes: 2 + 300 + 70_000 },
        binary: { messages: 4, bytes: 125 + 126 + 20_000 },
      }
      const stats = app.api.stats()
      expect(stats).toMatchObject({ received: counted, sent: counted, bufferedAmount: 0 })
      expect(stats.routes['/echo/{id:int}']).toMatchObject({ received: counted, sent: counted, open: 1 })
      expect(stats.routes['/slow']).toMatchObject({ received: { text: { messages: 0, bytes: 0 } } })
    })

    it('counts denials by stage and status, and how long handshakes took', async () => {
      const { app, connect } = await site()
      await expect(connect('/echo/x')).rejects.toMatchObject({ status: 422 })
      await expect(connect('/private', { origin: 'https://b.example' })).rejects.toMatchObject({ status: 403 })
      await expect(connect('/private').then((ws) => ws.receive())).rejects.toMatchObject({ code: 1011 })
      await expect(connect('/private')).rejects.toMatchObject({ status: 429 })
      await expect(connect('/slow').then((ws) => ws.receive())).rejects.toMatchObject({ code: 4000 })
      const { denials, denied, routes, handshakes } = app.api.stats()
      expect(denials).toEqual({ coercion: { 422: 1 }, origin: { 403: 1 }, rateLimit: { 429: 1 } })
      expect(denied).toBe(3)
      expect(handshakes).toEqual({ answered: 5, milliseconds: 250 })
      expect(routes['/private']?.denials).toEqual({ origin: { 403: 1 }, rateLimit: { 429: 1 } })
    })

    it('counts ends by initiator and code', async () => {
      const { app, connect } = await site()
      await expect(connect('/slow').then((ws) => ws.receive())).rejects.toMatchObject({ code: 4000 })
      await expect(connect('/private').then((ws) => ws.receive())).rejects.toMatchObject({ code: 1011 })
      for (const code of [1000, 1000, 4321]) await (await connect('/echo/1')).close(code)
      while (app.api.connections.size > 0) await new Promise(setImmediate)
      const { closes, closed, open, handlerErrors } = app.api.stats()
      expect(closes).toEqual({ server: { 4000: 1, 1011: 1 }, client: { 1000: 2, 4321: 1 } })
      expect([closed, open, handlerErrors]).toEqual([5, 0, 1])
    })
  },
)

it('an api that stands on several servers has the sum of them', async () => {
  const api = createApi().websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
  for (let count = 1; count <= 2; count++) {
    const app = Fastify()
    await app.register(api, { prefix: `/v${count}` })
    onTestFinished(() => app.close())
    await using ws = await WebSocketTestClient.connect(app, `/v${count}/ws`)
    await ws.sendText('four')
    await ws.receiveText()
  }
  const stats = api.stats()
  expect(stats).toMatchObject({ accepted: 2, received: { text: { messages: 2, bytes: 8 } } })
  expect(Object.keys(stats.routes)).toEqual(['/v1/ws', '/v2/ws'])
  // What was handed out does not change.
  const before = structuredClone(stats)
  api.stats()
  expect(stats).toEqual(before)
})
