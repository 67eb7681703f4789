import { describe, expect, it } from 'vitest'
import type { CloseEvent, WebSocketConnection } from '../../src/index.ts'
import type { RawWebSocket } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const turn = () => new Promise(setImmediate)

describe.each(ENGINES)('callback style with the %s engine', (engine) => {
  it('accepts by itself, and hands over messages of both kinds', async () => {
    const seen: unknown[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws/{room:int}', {
        onConnect: (ws, params) => void seen.push([ws.state, params]),
        onMessage: (_, message) => void seen.push(message),
        onDisconnect: (ws, event) => void seen.push([ws.state, event]),
      }),
    )
    const client = await site.open('/ws/7')
    client.sendText('text')
    client.sendBytes(Buffer.from('bytes'))
    client.sendText('')
    client.close(4000, 'bye')
    await client.toEnd()
    await site.settled()
    expect(seen).toEqual([
      ['open', { room: 7 }],
      { type: 'text', data: 'text' },
      { type: 'binary', data: Buffer.from('bytes') },
      { type: 'text', data: '' },
      ['closed', { code: 4000, reason: 'bye', wasClean: true, initiator: 'client' }],
    ])
  })

  it.each(['onConnect', 'onMessage', 'onDisconnect'] as const)('takes %s alone', async (name) => {
    const calls: string[] = []
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { [name]: () => void calls.push(name) }))
    const client = await site.open('/ws')
    client.sendText('x')
    client.close()
    await client.toEnd()
    await site.settled()
    expect(calls).toEqual([name])
  })

  it('never runs two calls of one connection at once, and keeps their order', async () => {
    const calls: string[] = []
    let running = 0
    const run = async (name: string, turns: number) => {
      expect(++running).toBe(1)
      for (let count = 0; count < turns; count++) await turn()
      calls.push(name)
      running--
    }
    const site = await serve({ engine, limits: { inbox: { messages: 7 } } }, (app) =>
      app.api.websocket('/ws', {
        onConnect: () => run('connect', 5),
        onMessage: (_, { data }) => run(String(data), Number(data) % 3),
        onDisconnect: () => run('disconnect', 2),
      }),
    )
    const client = await site.open('/ws')
    const names = Array.from({ length: 300 }, (_, index) => String(index))
    for (const name of names) client.sendText(name)
    client.close()
    await client.toEnd()
    await site.settled()
    while (!calls.includes('disconnect')) await turn()
    expect(calls).toEqual(['connect', ...names, 'disconnect'])
  })

  it('runs the calls of two connections side by side', async () => {
    const both = Promise.withResolvers<void>()
    let waiting = 0
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onMessage(ws) {
          if (++waiting === 2) both.resolve()
          await both.promise
          await ws.sendText('both')
        },
      }),
    )
    const clients = [await site.open('/ws'), await site.open('/ws')]
    for (const client of clients) client.sendText('x')
    for (const client of clients) expect(await client.nextText()).toBe('both')
  })

  it('holds messages back until onConnect has finished', async () => {
    const goOn = Promise.withResolvers<void>()
    const calls: string[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onConnect(ws) {
          await goOn.promise
          calls.push('connected')
          await ws.sendText('connected')
        },
        onMessage: (ws, { data }) => {
          calls.push(String(data))
          return ws.send(data)
        },
      }),
    )
    const client = await site.open('/ws')
    client.sendText('early')
    await turn()
    goOn.resolve()
    expect(await client.nextText()).toBe('connected')
    expect(await client.nextText()).toBe('early')
    expect(calls).toEqual(['connected', 'early'])
  })

  it('PR-19 runs onDisconnect only after onConnect, even when the peer has long gone', async () => {
    const calls: string[] = []
    const done = Promise.withResolvers<void>()
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onConnect(ws) {
          await ws.closed
          await turn()
          calls.push('connect')
        },
        onDisconnect() {
          calls.push('disconnect')
          done.resolve()
        },
      }),
    )
    const client = await site.open('/ws')
    client.connection.reset()
    await done.promise
    expect(calls).toEqual(['connect', 'disconnect'])
  })

  it('PR-19 runs neither for a handshake that was denied', async () => {
    const calls: string[] = []
    const site = await serve({ engine, allowedOrigins: ['https://listed.example'] }, (app) =>
      app.api.websocket('/ws', {
        onConnect: () => void calls.push('connect'),
        onDisconnect: () => void calls.push('disconnect'),
      }),
    )
    const response = await site.ask(upgradeRequest({ add: [['Origin', 'https://other.example']] }))
    expect(response.status).toBe(403)
    expect(calls).toEqual([])
  })

  it('MS-13 a message that is closed from within onMessage is the last', async () => {
    const seen: string[] = []
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        async onMessage(ws, { data }) {
          seen.push(String(data))
          await ws.close(4000)
        },
      }),
    )
    const client = await site.open('/ws')
    for (const text of ['1', '2', '3']) client.sendText(text)
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 4000, reason: '' }])
    expect(seen).toEqual(['1'])
  })

  /** Every way in which a connection can end, and what its callbacks are told. */
  const WAYS: Record<
    string,
    {
      end: (client: RawWebSocket, ws: WebSocketConnection, clock: VirtualClock) => unknown
      event: Partial<CloseEvent>
      mute?: boolean
    }
  > = {
    'a close of the peer': {
      end: (client) => client.close(4000, 'r'),
      event: { code: 4000, reason: 'r', wasClean: true, initiator: 'client' },
    },
    'an empty close of the peer': {
      end: (client) => client.sendFrame(8, ''),
      event: { code: 1005, reason: '', wasClean: true, initiator: 'client' },
    },
    'a close of the server': {
      end: (_, ws) => ws.close(4001, 'r'),
      event: { code: 4001, wasClean: true, initiator: 'server' },
    },
    'a close of both at once': {
      end(client, ws) {
        void ws.close(4001)
        client.close(4000)
      },
      event: { code: 4000, wasClean: true, initiator: 'server' },
    },
    'a throw in onMessage': {
      end: (client) => client.sendText('throw'),
      event: { code: 1011, wasClean: true, initiator: 'server' },
    },
    'a cut by the server': {
      end: (_, ws) => ws.terminate(),
      event: { code: 1006, reason: '', wasClean: false, initiator: 'server' },
    },
    'a cut after a close': {
      end(_, ws) {
        void ws.close(4000)
        ws.terminate()
      },
      event: { code: 1006, wasClean: false, initiator: 'server' },
    },
    'a reset by the peer': {
      end: (client) => client.connection.reset(),
      event: { code: 1006, reason: '', wasClean: false, initiator: 'network' },
    },
    'the end of the stream': {
      end: (client) => void client.connection.socket.end(),
      event: { code: 1006, reason: '', wasClean: false, initiator: 'network' },
    },
    'a broken frame': {
      end: (client) => client.connection.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0])),
      event: { code: 1002, wasClean: false, initiator: 'protocol' },
    },
    'a message that is too big': {
      end: (client) => client.sendText('x'.repeat(2_000)),
      event: { code: 1009, wasClean: false, initiator: 'protocol' },
    },
    'a peer that never answers the close': {
      async end(client, ws, clock) {
        void ws.close(4002)
        await client.next()
        clock.advance(5_000)
      },
      event: { code: 1006, wasClean: false, initiator: 'server' },
      mute: true,
    },
  }

  it.each(Object.keys(WAYS))('PR-19 runs onDisconnect once, with a stable event, after %s', async (name) => {
    const { end, event, mute = false } = WAYS[name] as (typeof WAYS)[string]
    const clock = new VirtualClock()
    const told: CloseEvent[] = []
    const connected: WebSocketConnection[] = []
    const site = await serve({ engine, clock, limits: { maxMessageSize: 1_000 } }, (app) =>
      app.api.websocket('/ws', {
        onConnect: (ws) => void connected.push(ws),
        onMessage() {
          throw new Error('mine')
        },
        async onDisconnect(ws, given) {
          told.push(given)
          expect(await ws.closed).toBe(given)
        },
      }),
    )
    for (let count = 0; count < 25; count++) {
      const client = await site.open('/ws', { mute })
      await end(client, connected.at(-1) as WebSocketConnection, clock)
      await site.settled()
      client.connection.destroy()
    }
    expect(told).toHaveLength(25)
    for (const given of told) expect(given).toMatchObject(event)
    expect(new Set(told.map((given) => JSON.stringify(given))).size).toBe(1)
    expect(clock.delays).toEqual([])
  })
})

describe.each(ENGINES)('handler style with the %s engine', (engine) => {
  it('closes with 1000 when the handler returns, once everything was sent', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        for (let count = 0; count < 100; count++) void ws.sendText(String(count))
      }),
    )
    const client = await site.open('/ws')
    for (let count = 0; count < 100; count++) expect(await client.nextText()).toBe(String(count))
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('takes a handler that is not async', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/sync', (ws) => {
        void ws.accept()
        void ws.sendText('sync')
      }),
    )
    const client = await site.open('/sync')
    expect(await client.nextText()).toBe('sync')
    expect(await client.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('gives params that are typed by the path', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/{n:int}/{f:float}/{b:bool}/{s}/{rest:path}', async (ws, params) => {
        await ws.accept()
        await ws.sendJson([params, ws.params === params])
      }),
    )
    const client = await site.open('/42/19.99/yes/caf%C3%A9/a/b')
    expect(JSON.parse(await client.nextText())).toEqual([{ n: 42, f: 19.99, b: true, s: 'café', rest: 'a/b' }, true])
  })
})
