import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createApi, sluice, type WebSocketConnection } from '../src/index.ts'
import { ENGINES, serve } from './support/site.ts'

describe.each(ENGINES)('the open connections of an api, with the %s engine', (engine) => {
  it('are counted from accept to the end, in all and by route', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/a/{n:int}', { onMessage() {} }).websocket('/b', { onMessage() {} }),
    )
    const { connections } = site.app.api
    expect([connections.size, connections.byRoute()]).toEqual([0, new Map()])
    const clients = [await site.open('/a/1'), await site.open('/a/2'), await site.open('/b')]
    expect(connections.size).toBe(3)
    expect(connections.byRoute()).toEqual(
      new Map([
        ['/a/{n:int}', 2],
        ['/b', 1],
      ]),
    )
    for (const client of clients) {
      client.close()
      await client.toEnd()
    }
    await site.settled()
    expect([connections.size, connections.byRoute()]).toEqual([0, new Map()])
  })

  it('MS-20 are those of one moment, whatever happens within the loop', async () => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { onMessage() {} }))
    for (let count = 0; count < 5; count++) await site.open('/ws')
    const seen: WebSocketConnection[] = []
    for (const connection of site.app.api.connections) {
      seen.push(connection)
      connection.terminate()
      await connection.closed
      await site.open('/ws')
    }
    expect(seen).toHaveLength(5)
    expect(site.app.api.connections.size).toBe(5)
    expect([...site.app.api.connections].some((connection) => seen.includes(connection))).toBe(false)
  })

  it('are there in onConnect, and no more in onDisconnect', async () => {
    const sizes: number[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        onConnect: () => void sizes.push(app.api.connections.size),
        onDisconnect: () => void sizes.push(app.api.connections.size),
      }),
    )
    const client = await site.open('/ws')
    client.close()
    await client.toEnd()
    await site.settled()
    expect(sizes).toEqual([1, 0])
  })
})

describe('an api', () => {
  it('is one for each instance', async () => {
    const app = Fastify()
    await app.register(sluice)
    expect(app.api).toBe(app.api)
    await app.register(async (child) => {
      expect(child.api).not.toBe(app.api)
      expect(child.api).toBe(child.api)
    })
    await app.close()
  })

  it('that was never mounted has no connections and nothing to drain', async () => {
    const api = createApi().websocket('/ws', () => {})
    expect([api.connections.size, [...api.connections], api.connections.byRoute()]).toEqual([0, [], new Map()])
    expect(api.stats()).toMatchObject({ open: 0, accepted: 0, denied: 0, closed: 0, handlerErrors: 0 })
    await api.drain()
  })

  it('PR-10 disconnects a user with no code that may not be sent', async () => {
    const app = Fastify()
    await app.register(sluice)
    for (const code of [0, 999, 1005, 1006, 1015, 2999, 5000, Number.NaN]) {
      expect(() => app.api.disconnectUser('7', { code })).toThrow(RangeError)
    }
    expect(app.api.disconnectUser('7', { code: 4000 })).toBe(0)
    await app.close()
  })

  it('takes no route once the app is ready', async () => {
    const app = Fastify()
    await app.register(sluice)
    await app.ready()
    expect(() => app.api.websocket('/late', () => {})).toThrow()
    await app.close()
  })

  it('refuses a converter that is not there when it is mounted, and at once where it knows them all', async () => {
    const api = createApi().websocket('/{color:hex}', () => {})
    const without = Fastify()
    await expect(without.register(api)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_CONVERTER' })
    const app = Fastify()
    await app.register(sluice, { converters: { hex: { parse: (text) => Number.parseInt(text, 16) } } })
    await app.register(api)
    expect(() => app.api.websocket('/{color:hxe}', () => {})).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_CONVERTER' }),
    )
    await app.close()
  })
})
