import { jwtAuthentication } from '@sluice/auth'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type SluiceOptions, sluice, type WebSocketConnection } from '../src/index.ts'
import { SluiceServer } from '../src/server.ts'
import { asMessage } from './gates/support/conversing.ts'
import { SECRET, tokenOf } from './gates/support/credentials.ts'
import { ENGINES, type LogLine } from './support/site.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const TRANSPORTS = ['memory', 'socket'] as const

describe.each(ENGINES.flatMap((engine) => TRANSPORTS.map((transport) => [engine, transport] as const)))(
  'hooks of the plugin with the %s engine over %s',
  (engine, transport) => {
    async function serve(options: SluiceOptions, handler: (ws: WebSocketConnection) => unknown) {
      const log: LogLine[] = []
      const stream = { write: (line: string) => void log.push(JSON.parse(line)) }
      const app = Fastify({ logger: { level: 'error', stream } })
      await app.register(sluice, { engine, ...options })
      app.api.websocket('/ws', async (ws) => void (await handler(ws)))
      onTestFinished(() => app.close())
      const connect = () => WebSocketTestClient.connect(app, '/ws', { transport, raiseServerErrors: false })
      return { app, log, connect }
    }

    it('tell of every connection, its error and its end, in this order', async () => {
      const told: unknown[] = []
      const ended = Promise.withResolvers<void>()
      const site = await serve(
        {
          onConnect: (ws) => told.push(['connect', ws.id, ws.state]),
          onError: (ws, error) => told.push(['error', ws.id, String(error)]),
          onDisconnect(ws, { code, initiator }) {
            told.push(['disconnect', ws.id, code, initiator])
            ended.resolve()
          },
        },
        async (ws) => {
          await ws.accept()
          told.push(['handler', ws.id])
          await ws.receive()
          throw new Error('broken')
        },
      )
      await using ws = await site.connect()
      await ws.sendText('x')
      await ended.promise
      const [[, id]] = told as [[string, string]]
      expect(told).toEqual([
        ['connect', id, 'open'],
        ['handler', id],
        ['error', id, 'Error: broken'],
        ['disconnect', id, 1011, 'server'],
      ])
    })

    it('are not called for a connection that was never open', async () => {
      const told: string[] = []
      const site = await serve(
        {
          onConnect: () => told.push('connect'),
          onDisconnect: () => told.push('disconnect'),
          onDenied: ({ stage }) => told.push(`denied ${stage}`),
        },
        (ws) => ws.deny(),
      )
      await expect(site.connect()).rejects.toMatchObject({ status: 403 })
      expect(told).toEqual(['denied handler'])
    })

    it('wait for the token of a connection that proves itself by its first message', async () => {
      const told: unknown[] = []
      const ended = Promise.withResolvers<void>()
      const site = await serve(
        {
          clock: new VirtualClock(),
          auth: [jwtAuthentication({ secret: SECRET, sources: ['message'] })],
          onConnect: (ws) => told.push(ws.auth?.userId),
          onDisconnect(ws) {
            told.push(ws.auth?.userId)
            ended.resolve()
          },
        },
        async (ws) => {
          await ws.accept()
          await ws.sendText('welcome')
        },
      )
      const stranger = await site.connect()
      await stranger.sendText('hello')
      await expect(stranger.receive()).rejects.toMatchObject({ code: 4401 })
      expect(told).toEqual([])
      await using ws = await site.connect()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      expect(await ws.receiveText()).toBe('welcome')
      await ended.promise
      expect(told).toEqual(['ada', 'ada'])
    })

    it('are waited for by any promise: some begin their work only then', async () => {
      const asked = Promise.withResolvers<void>()
      const site = await serve(
        // biome-ignore lint/suspicious/noThenProperty: as query builders are
        { onConnect: () => ({ then: () => asked.resolve() }) },
        (ws) => ws.accept(),
      )
      await using _ = await site.connect()
      await asked.promise
    })

    it('may close such a connection: its handler does not run, and nothing has failed', async () => {
      const told: unknown[] = []
      const site = await serve(
        {
          clock: new VirtualClock(),
          auth: [jwtAuthentication({ secret: SECRET, sources: ['message'] })],
          onConnect: (ws) => void ws.close(4000),
          onError: (_, error) => told.push(error),
        },
        () => void told.push('handler'),
      )
      await using ws = await site.connect()
      await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
      await expect(ws.receive()).rejects.toMatchObject({ code: 4000 })
      expect(told).toEqual([])
    })

    it('MS-03 may throw or reject: that is logged, and everything goes on', async () => {
      const ended = Promise.withResolvers<void>()
      const site = await serve(
        {
          onConnect() {
            throw new Error('in onConnect')
          },
          onError: async () => Promise.reject(new Error('in onError')),
          async onDisconnect() {
            ended.resolve()
            throw new Error('in onDisconnect')
          },
        },
        async (ws) => {
          await ws.accept()
          await ws.sendText('here')
          await ws.receive()
          throw new Error('in the handler')
        },
      )
      await using ws = await site.connect()
      expect(await ws.receiveText()).toBe('here')
      await ws.sendText('x')
      await expect(ws.receive()).rejects.toMatchObject({ code: 1011 })
      await ended.promise
      await new Promise(setImmediate)
      const lines = site.log.map(({ msg, err }) => [msg, (err as { message: string }).message])
      expect(lines).toEqual([
        ['onConnect failed', 'in onConnect'],
        ['WebSocket handler failed', 'in the handler'],
        ['onError failed', 'in onError'],
        ['onDisconnect failed', 'in onDisconnect'],
      ])
      expect(site.app.api.stats()).toMatchObject({ open: 0, closed: 1, handlerErrors: 1 })
    })
  },
)

it('a server without hooks has nobody to tell', () => {
  const server = new SluiceServer({}, console)
  expect(server.observers.size).toBe(0)
})

it.each(['onConnect', 'onDisconnect', 'onError', 'onDenied'])('%s must be a function', async (name) => {
  const app = Fastify()
  await expect(app.register(sluice, { [name]: 'nonsense' })).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining(name),
  })
})
