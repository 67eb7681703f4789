import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import sluice, { createApi } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'

/** Containers are often without. */
const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

function createCounter() {
  let count = 0
  return createApi().websocket('/count', async (ws) => {
    await ws.accept()
    await ws.sendJson(++count)
    await ws.closed
  })
}

function own<App extends { close(): PromiseLike<unknown> }>(app: App): App {
  onTestFinished(async () => void (await app.close()))
  return app
}

describe.each(['memory', 'socket'] as const)('an app over %s', (transport) => {
  it('is made ready', async () => {
    const app = own(Fastify())
    app.register(sluice)
    app.register(createCounter())
    await using ws = await WebSocketTestClient.connect(app, '/count', { transport })

    expect(await ws.receiveJson()).toBe(1)
  })

  it('may be an instance below the root, with its own prefix', async () => {
    const app = own(Fastify())
    await app.register(sluice)
    let child: FastifyInstance | undefined
    await app.register(
      async (instance) => {
        child = instance
        instance.api.websocket('/ws', async (ws) => {
          await ws.accept()
          throw new Error('seen from below')
        })
      },
      { prefix: '/v1' },
    )
    const ws = await WebSocketTestClient.connect(child as FastifyInstance, '/v1/ws', { transport })

    await expect(ws[Symbol.asyncDispose]()).rejects.toThrow('seen from below')
  })

  it('need not have registered Sluice', async () => {
    const app = own(Fastify())

    await expect(WebSocketTestClient.connect(app, '/ws', { transport })).rejects.toMatchObject({ status: 404 })
  })

  it('rejects with the error of a plugin that fails', async () => {
    const app = Fastify()
    app.register(async () => Promise.reject(new Error('no plugin')))

    await expect(WebSocketTestClient.connect(app, '/ws', { transport })).rejects.toThrow('no plugin')
  })

  it('may be an api, whose app is the same for all its clients', async () => {
    const api = createCounter()
    const client = new WebSocketTestClient(api, '/count', { transport })
    {
      await using first = await client.connect()
      await using second = await client.connect()
      expect([await first.receiveJson(), await second.receiveJson()]).toEqual([1, 2])
      expect(api.connections.size).toBe(2)
    }
    await using third = await client.connect()

    expect(await third.receiveJson()).toBe(3)
    expect(api.stats()).toMatchObject({ open: 1, accepted: 3, closed: 2 })
  })

  it('may be an api, to which clients connect at the same time', async () => {
    const client = new WebSocketTestClient(createCounter(), '/count', { transport })
    const connections = await Promise.all([client.connect(), client.connect(), client.connect()])
    const counts = await Promise.all(connections.map((ws) => ws.receiveJson()))
    for (const ws of connections) await ws.close()

    expect(counts.sort()).toEqual([1, 2, 3])
  })

  it('rejects with the error of an api that cannot be mounted', async () => {
    const api = createApi().websocket('/{id:nonsense}', (ws) => ws.accept())

    await expect(WebSocketTestClient.connect(api, '/x', { transport })).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_CONVERTER',
    })
  })
})

describe('the port of an app', () => {
  it('is the one that it listens on already', async () => {
    const app = own(Fastify())
    await app.register(createCounter())
    await app.listen({ port: 0, host: '0.0.0.0' })
    const { port } = app.server.address() as AddressInfo
    await using ws = await WebSocketTestClient.connect(app, '/count', { transport: 'socket' })

    expect(await ws.receiveJson()).toBe(1)
    expect(app.server.address()).toMatchObject({ port })
  })

  it.runIf(hasIPv6).each(['::', '::1'])('may be one of IPv6: %s', async (host) => {
    const app = own(Fastify())
    await app.register(createCounter())
    app.api.websocket('/fail', async (ws) => {
      await ws.accept()
      throw new Error('seen')
    })
    await app.listen({ port: 0, host })
    const ws = await WebSocketTestClient.connect(app, '/fail', { transport: 'socket' })

    await expect(ws[Symbol.asyncDispose]()).rejects.toThrow('seen')
  })

  it.runIf(hasIPv6)('of IPv6 has no other remote address', async () => {
    const app = own(Fastify())
    await app.listen({ port: 0, host: '::1' })

    await expect(
      WebSocketTestClient.connect(app, '/count', { transport: 'socket', remoteAddress: '127.0.0.2' }),
    ).rejects.toThrow("option 'remoteAddress' cannot be used: the app listens on ::1")
  })

  it('is taken once by clients that connect at the same time', async () => {
    const app = own(Fastify())
    await app.register(createCounter())
    const client = new WebSocketTestClient(app, '/count', { transport: 'socket' })
    const connections = await Promise.all([client.connect(), client.connect()])
    for (const ws of connections) await ws.close()

    expect(app.server.listening).toBe(true)
  })

  it('is gone when the app was closed', async () => {
    const app = Fastify()
    await app.register(createCounter())
    const client = new WebSocketTestClient(app, '/count', { transport: 'socket' })
    await (await client.connect()).close()
    await app.close()

    await expect(client.connect()).rejects.toMatchObject({ code: expect.stringMatching(/^FST_ERR|^AVV_ERR/) })
  })
})

describe('a server of another kind', () => {
  it('may have TLS, in memory', async () => {
    const app = own(Fastify({ https: {} }))
    await app.register(sluice)
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.sendText(ws.request.protocol)
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws')

    expect(await ws.receiveText()).toBe('https')
    await expect(WebSocketTestClient.connect(app, '/ws', { transport: 'socket' })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED_SERVER',
    })
  })

  it('must speak HTTP/1.1', async () => {
    const app = own(Fastify({ http2: true }))

    await expect(WebSocketTestClient.connect(app, '/ws')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED_SERVER' })
  })
})
