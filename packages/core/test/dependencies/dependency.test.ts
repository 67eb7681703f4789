import { WebSocketTestClient } from '@sluice/testing'
import Type from 'typebox'
import { afterEach, describe, expect, it } from 'vitest'
import { createApi, type Depends, dependency, type WebSocketConnection } from '../../src/index.ts'
import { inBoth, openGate } from '../gates/support/gate.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

/** Tells the client what the dependencies made. */
async function tell(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson(ws.deps)
}

const turn = () => new Promise(setImmediate)

describe('what dependencies make', () => {
  it('is in ws.deps by name, from functions that return a value or a promise', async () => {
    const depends: Depends = {
      at: () => 1,
      later: async () => 'two',
      path: (ws) => ws.path,
      nothing: () => undefined,
    }
    const { result } = await inBoth({ path: '/ws/{id:int}', route: { depends }, handler: tell }, (site) =>
      site.knock({ target: '/ws/7' }),
    )
    expect(JSON.parse(result.body)).toEqual({ at: 1, later: 'two', path: '/ws/7' })
  })

  it('is for the handler and the callbacks, and not there before', async () => {
    const seen: unknown[] = []
    const site = await openGate({
      declare: (app) =>
        app.api.websocket('/callbacks', {
          depends: { name: (ws) => `${Object.keys(ws.deps).length} before` },
          onConnect: (ws) => void seen.push(ws.deps.name),
          onMessage: (ws) => void seen.push(ws.deps.name),
          onDisconnect: (ws) => void seen.push(ws.deps.name),
        }),
    })
    await using ws = await site.open({ target: '/callbacks' })
    await ws.sendText('x')
    await ws.close()
    expect(seen).toEqual(['0 before', '0 before', '0 before'])
  })

  it('is made of what the request brought, typed by the schemas of the route', async () => {
    const site = await openGate({
      declare: (app) =>
        app.api.websocket(
          '/page/{id:int}',
          { query: Type.Object({ page: Type.Integer({ default: 1 }) }), depends: { next: (ws) => ws.query.page + 1 } },
          tell,
        ),
    })
    expect((await site.knock({ target: '/page/7?page=5' })).body).toBe('{"next":6}')
    expect((await site.knock({ target: '/page/7' })).body).toBe('{"next":2}')
    await expect(site.open({ target: '/page/7?page=x' })).rejects.toMatchObject({ status: 422, stage: 'coercion' })
  })

  it('is an empty object on a route without dependencies', async () => {
    const site = await openGate({ handler: tell })
    expect((await site.knock()).body).toBe('{}')
  })

  it('makes no promise where none is returned: the handler begins in the same turn', async () => {
    const order: string[] = []
    const value = () => {
      queueMicrotask(() => order.push('microtask'))
      order.push('dependency')
    }
    const both = dependency({ value }, () => order.push('second dependency'))
    const site = await openGate({
      declare: (app) =>
        app.api.websocket('/now', { depends: { value, both } }, async (ws) => {
          order.push('handler')
          await ws.accept()
        }),
    })
    await site.knock({ target: '/now' })
    expect(order).toEqual(['dependency', 'second dependency', 'handler', 'microtask'])
  })
})

describe('a dependency that uses others', () => {
  it('gets what they made, each made once for a connection however many use it', async () => {
    let count = 0
    const number = async () => ++count
    const double = dependency({ number }, (_ws, { number }) => number * 2)
    const sum = dependency({ number, double }, async (ws, { number, double }) => `${ws.query.unit} ${number + double}`)
    const site = await openGate({ route: { depends: { sum, number, double, again: number } }, handler: tell })
    const query = { unit: 'EUR' }
    expect(JSON.parse((await site.knock({ query })).body)).toEqual({ number: 1, double: 2, sum: 'EUR 3', again: 1 })
    expect(JSON.parse((await site.knock({ query })).body)).toEqual({ number: 2, double: 4, sum: 'EUR 6', again: 2 })
  })

  it('begins when they are there, while others run side by side', async () => {
    const events: string[] = []
    const gates = { db: Promise.withResolvers<void>(), cache: Promise.withResolvers<void>() }
    const open = (name: keyof typeof gates) => async () => {
      events.push(`${name} begins`)
      await gates[name].promise
      events.push(`${name} ends`)
      return name
    }
    const db = open('db')
    const user = dependency({ db }, (_ws, { db }) => {
      events.push(`user begins with ${db}`)
      return 'ada'
    })
    const site = await openGate({ route: { depends: { db, user, cache: open('cache') } }, handler: tell })
    const answer = site.knock()
    while (events.length < 2) await turn()
    expect(events).toEqual(['db begins', 'cache begins'])
    gates.db.resolve()
    while (events.length < 4) await turn()
    expect(events.slice(2)).toEqual(['db ends', 'user begins with db'])
    expect(site.calls).toEqual([])
    gates.cache.resolve()
    expect((await answer).body).toBe('{"db":"db","user":"ada","cache":"cache"}')
  })

  it.each([
    ['a value', () => dependency({ db: 5 as never }, () => 1)],
    ['an object of their own', () => dependency({ db: { depends: {}, resolve: () => 1 } as never }, () => 1)],
    ['no function', () => dependency({}, 5 as never)],
  ])('is refused at once with %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})

describe('where dependencies are declared', () => {
  it('those of the plugin, the api and the route are merged by name, and the nearest wins', async () => {
    const from = (place: string) => () => place
    const api = createApi({ depends: { b: from('api'), c: from('api') } })
    api.websocket('/api', { depends: { c: from('route'), d: from('route') } }, tell)
    const site = await openGate({
      plugin: { depends: { a: from('plugin'), b: from('plugin') } },
      declare: (app) => app.register(api),
      handler: tell,
    })
    expect(JSON.parse((await site.knock({ target: '/api' })).body)).toEqual({
      a: 'plugin',
      b: 'api',
      c: 'route',
      d: 'route',
    })
    expect(JSON.parse((await site.knock()).body)).toEqual({ a: 'plugin', b: 'plugin' })
  })

  it.each([
    ['depends', 5],
    ['depends.db', { db: 'postgres://' }],
    ['depends.db', { db: undefined }],
    ['depends.user', { user: { depends: {}, resolve: () => 1 } }],
  ])('option %s is refused as %j', async (name, depends) => {
    await expect(openGate({ route: { depends: depends as never } })).rejects.toThrow(`option '${name}' must be`)
    await expect(openGate({ plugin: { depends: depends as never } })).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
  })
})
