import type { FastifyInstance, FastifyRequest } from 'fastify'
import { describe, expectTypeOf, it } from 'vitest'
import {
  attach,
  type CloseEvent,
  type ConnectionState,
  createApi,
  type MountableApi,
  type SluiceApi,
  type SluiceOptions,
  sluice,
  type WebSocketConnection,
  type WebSocketMessage,
} from '../src/index.ts'

/** Never runs: the compiler is the test. */
function typesOnly(_declare: (app: FastifyInstance, api: SluiceApi) => void): void {}

describe('the params of a handler', () => {
  it('come from the path literal', () => {
    typesOnly((_, api) => {
      api.websocket('/ws/user/{user_id:int}/channel/{channel_id}', (ws, params) => {
        expectTypeOf(params).toEqualTypeOf<{ readonly user_id: number; readonly channel_id: string }>()
        expectTypeOf(ws.params).toEqualTypeOf<{ readonly user_id: number; readonly channel_id: string }>()
      })
      api.websocket('/{on:bool}/{at:datetime}/{kind:enum(a,b)}/:plain/{rest:path}', async (_ws, params) => {
        expectTypeOf(params).toEqualTypeOf<{
          readonly on: boolean
          readonly at: Date
          readonly kind: 'a' | 'b'
          readonly plain: string
          readonly rest: string
        }>()
      })
      api.websocket('/none', (_ws, params) => {
        expectTypeOf<keyof typeof params>().toBeNever()
      })
    })
  })

  it('are destructured, and a misspelt name is an error', () => {
    typesOnly((_, api) => {
      api.websocket('/ws/{room_id:int}', (_ws, { room_id }) => {
        expectTypeOf(room_id).toBeNumber()
      })
      // @ts-expect-error there is no such param
      api.websocket('/ws/{room_id:int}', (_ws, { roomId }) => void roomId)
      api.websocket('/ws/{room_id:int}', (ws) => {
        // @ts-expect-error there is no such param
        void ws.params.roomid
        // @ts-expect-error params are read only
        ws.params.room_id = 5
      })
    })
  })

  it('are typed beside options and in callbacks', () => {
    typesOnly((_, api) => {
      api.websocket('/{n:int}', { hidden: true }, (ws, params) => {
        expectTypeOf(params.n).toBeNumber()
        expectTypeOf(ws.params.n).toBeNumber()
      })
      api.websocket('/{n:int}', {
        hidden: true,
        onConnect(ws, params) {
          expectTypeOf(params).toEqualTypeOf<{ readonly n: number }>()
          expectTypeOf(ws.params.n).toBeNumber()
          expectTypeOf(this).toEqualTypeOf<FastifyInstance>()
        },
        async onMessage(ws, message) {
          expectTypeOf(message).toEqualTypeOf<WebSocketMessage>()
          if (message.type === 'text') expectTypeOf(message.data).toBeString()
          else expectTypeOf(message.data).toEqualTypeOf<Buffer>()
          expectTypeOf(ws.params.n).toBeNumber()
        },
        onDisconnect: (ws, event) => {
          expectTypeOf(event).toEqualTypeOf<CloseEvent>()
          expectTypeOf(ws.params.n).toBeNumber()
        },
      })
    })
  })

  it('of a path that is no literal have any name and no type', () => {
    typesOnly((_, api) => {
      api.websocket('/x' as string, (_ws, params) => {
        expectTypeOf(params.anything).toBeUnknown()
      })
    })
  })
})

describe('an api', () => {
  it('chains, and gathers the types of its routes', () => {
    typesOnly((_, api) => {
      const chained = api
        .websocket('/a/{n:int}', () => {})
        .websocket('/b/{s}', { tags: ['x'] }, async () => {})
        .websocket('/c', { onMessage() {} })
      type Routes = NonNullable<typeof chained.routes>
      expectTypeOf<Routes['/a/{n:int}']>().toEqualTypeOf<{ readonly n: number }>()
      expectTypeOf<Routes['/b/{s}']>().toEqualTypeOf<{ readonly s: string }>()
      expectTypeOf<keyof Routes>().toEqualTypeOf<'/a/{n:int}' | '/b/{s}' | '/c'>()
    })
  })

  it('made by createApi stays a plugin when it is chained', () => {
    typesOnly((app) => {
      const api = createApi({ hidden: true })
        .websocket('/a/{n:int}', (_ws, { n }) => {
          expectTypeOf(n).toBeNumber()
        })
        .websocket('/b', { onMessage() {} })
      void app.register(api, { prefix: '/v1' })
      void app.register(api)
      void attach({} as never, api, { engine: 'ws' })
      expectTypeOf(api).toExtend<MountableApi<{ '/b': unknown }>>()
      expectTypeOf(api.connections.size).toBeNumber()
    })
  })

  it('hangs on the instance', () => {
    typesOnly((app) => {
      expectTypeOf(app.api).toEqualTypeOf<SluiceApi>()
      // @ts-expect-error it cannot be replaced
      app.api = createApi()
      expectTypeOf<FastifyRequest['auth']>().toBeNullable()
    })
  })

  it('gives its connections, counters and drain', () => {
    typesOnly(async (_, api) => {
      for (const connection of api.connections) expectTypeOf(connection).toEqualTypeOf<WebSocketConnection>()
      expectTypeOf(api.connections.byRoute()).toEqualTypeOf<Map<string, number>>()
      expectTypeOf(api.stats().open).toBeNumber()
      expectTypeOf(api.drain({ timeout: 5, code: 1012 })).resolves.toBeVoid()
      // @ts-expect-error a drain closes with 1001 or 1012
      void api.drain({ code: 1000 })
    })
  })
})

describe('what is refused at compile time', () => {
  it('options with unknown names', () => {
    typesOnly((app, api) => {
      // @ts-expect-error unknown option
      void app.register(sluice, { allowedOrigin: '*' })
      // @ts-expect-error unknown option
      createApi({ gaurds: [] })
      // @ts-expect-error unknown option
      api.websocket('/x', { hiden: true }, () => {})
      // @ts-expect-error unknown callback
      api.websocket('/x', { onMessage() {}, onClose() {} })
      // @ts-expect-error unknown limit
      api.websocket('/x', { limits: { maxMessagesize: 5 } }, () => {})
      // @ts-expect-error the engine is one for the whole server
      api.websocket('/x', { engine: 'ws' }, () => {})
    })
  })

  it('options with wrong values', () => {
    typesOnly((_, api) => {
      // @ts-expect-error not an engine
      const engine: SluiceOptions = { engine: 'uws' }
      // @ts-expect-error not a policy
      api.websocket('/x', { onWrongType: 'ignore' }, () => {})
      // @ts-expect-error not a number
      api.websocket('/x', { limits: { closeTimeout: '5s' } }, () => {})
      // @ts-expect-error undefined is no value
      const subprotocols: SluiceOptions = { subprotocols: undefined }
      return [engine, subprotocols]
    })
  })

  it('handlers that are none, and both styles together', () => {
    typesOnly((_, api) => {
      // @ts-expect-error no handler
      api.websocket('/x')
      // @ts-expect-error not a function
      api.websocket('/x', 'handler')
      // @ts-expect-error a callback that is not a function
      api.websocket('/x', { onMessage: 'text' })
      // @ts-expect-error two styles
      api.websocket('/x', { onMessage() {} }, () => {})
    })
  })
})

describe('a connection', () => {
  it('gives typed values and takes typed ones', () => {
    typesOnly((_, api) => {
      api.websocket('/x', async (ws) => {
        expectTypeOf(ws.state).toEqualTypeOf<ConnectionState>()
        expectTypeOf(await ws.receive()).toEqualTypeOf<WebSocketMessage>()
        expectTypeOf(await ws.receiveText({ timeout: 5 })).toBeString()
        expectTypeOf(await ws.receiveBytes({ signal: ws.signal })).toEqualTypeOf<Buffer>()
        expectTypeOf(await ws.receiveJson({ mode: 'binary' })).toBeUnknown()
        for await (const text of ws.iterText()) expectTypeOf(text).toBeString()
        for await (const message of ws) expectTypeOf(message).toEqualTypeOf<WebSocketMessage>()
        expectTypeOf(ws.trySend('x')).toEqualTypeOf<'ok' | 'backpressure' | 'dropped'>()
        expectTypeOf(await ws.ping()).toBeNumber()
        expectTypeOf(ws.client).toEqualTypeOf<{ readonly host: string; readonly port: number } | null>()
        expectTypeOf(ws.closed).toEqualTypeOf<Promise<CloseEvent>>()
        await ws.send(new Float64Array(2))
        // @ts-expect-error numbers are no messages
        await ws.send(5)
        // @ts-expect-error bytes are no text
        await ws.sendText(Buffer.from('x'))
        // @ts-expect-error it is read only
        ws.subprotocol = 'x'
        // @ts-expect-error headers are text
        await ws.accept({ headers: { 'x-count': 5 } })
      })
    })
  })
})

describe('batch style', () => {
  it('types the connection by the path, and the messages', () => {
    typesOnly((_, api) => {
      api.websocket('/ws/{id:int}', {
        batch: { size: 10 },
        onConnect(_ws, { id }) {
          expectTypeOf(id).toBeNumber()
        },
        onBatch(ws, messages) {
          expectTypeOf(ws.params).toEqualTypeOf<{ readonly id: number }>()
          expectTypeOf(messages).toEqualTypeOf<WebSocketMessage[]>()
          return messages
        },
      })
      api.websocket('/ws', { onBatch: async (_ws, messages) => messages.map(({ data }) => data) })
      // @ts-expect-error onBatch is what takes them
      api.websocket('/ws', { batch: { size: 10 }, onMessage() {} })
      // @ts-expect-error one of the two
      api.websocket('/ws', { onBatch() {}, onMessage() {} })
      // @ts-expect-error a number is no message
      api.websocket('/ws', { onBatch: () => [1] })
      // @ts-expect-error there is no such option
      api.websocket('/ws', { batch: { bytes: 10 }, onBatch() {} })
    })
  })
})

describe('a turbo route', () => {
  it('is chained as other routes are, and takes no code', () => {
    typesOnly((_, api) => {
      const more = api.turboWebsocket('/ws/{id:int}', { mode: 'broadcast', room: '{id}', guards: [] })
      expectTypeOf(more).toEqualTypeOf<SluiceApi<{ readonly '/ws/{id:int}': { readonly id: number } }>>()
      // @ts-expect-error an echo has no room
      api.turboWebsocket('/ws', { mode: 'echo', room: 'x' })
      // @ts-expect-error the mode must be said
      api.turboWebsocket('/ws', {})
      // @ts-expect-error no handler
      api.turboWebsocket('/ws', { mode: 'echo' }, () => {})
      // @ts-expect-error no callback
      api.turboWebsocket('/ws', { mode: 'echo', onMessage() {} })
    })
  })
})
