import type { IncomingHttpHeaders } from 'node:http'
import { Type as LegacyType } from '@sinclair/typebox'
import { isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { type } from 'arktype'
import Type from 'typebox'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  type ConnectionOn,
  createApi,
  type RawCookies,
  type RawQuery,
  type RouteOptions,
  type SluiceApi,
  sluice,
  type WebSocketConnection,
  type WebSocketRouteOptions,
} from '../../src/index.ts'

/** Never runs: the compiler is the test. */
function typesOnly(_declare: (api: SluiceApi) => void): void {}

describe('the query of a handler', () => {
  interface Expected {
    readonly page: number
    readonly tags: string[]
    readonly sort?: 'up' | 'down'
  }

  it('comes from a schema of TypeBox', () => {
    typesOnly((api) => {
      const query = Type.Object({
        page: Type.Integer({ default: 1 }),
        tags: Type.Array(Type.String()),
        sort: Type.Optional(Type.Union([Type.Literal('up'), Type.Literal('down')])),
      })
      api.websocket('/x', { query }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<Expected>()
        // @ts-expect-error there is no such key
        void ws.query.pages
        // @ts-expect-error it is read only
        ws.query.page = 5
      })
    })
  })

  it('comes from a schema in place', () => {
    typesOnly((api) => {
      api.websocket('/x', { query: Type.Object({ page: Type.Integer(), on: Type.Boolean() }) }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<{ readonly page: number; readonly on: boolean }>()
      })
    })
  })

  it('comes from a schema of @sinclair/typebox', () => {
    typesOnly((api) => {
      const query = LegacyType.Object({
        page: LegacyType.Integer(),
        tags: LegacyType.Array(LegacyType.String()),
        sort: LegacyType.Optional(LegacyType.Union([LegacyType.Literal('up'), LegacyType.Literal('down')])),
      })
      api.websocket('/x', { query }, (ws) => void expectTypeOf(ws.query).toEqualTypeOf<Expected>())
    })
  })

  it('comes from any Standard Schema, as it leaves it', () => {
    typesOnly((api) => {
      const ofZod = z.object({ page: z.coerce.number().default(1), at: z.string().transform((text) => new Date(text)) })
      api.websocket('/x', { query: ofZod }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<{ readonly page: number; readonly at: Date }>()
      })
      const ofValibot = v.object({ page: v.pipe(v.string(), v.transform(Number)) })
      api.websocket('/x', { query: ofValibot }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<{ readonly page: number }>()
      })
      const ofArkType = type({ page: 'string.integer.parse', 'name?': 'string' })
      api.websocket('/x', { query: ofArkType }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<{ readonly page: number; readonly name?: string }>()
      })
    })
  })

  it('is texts without a schema', () => {
    typesOnly((api) => {
      api.websocket('/x', (ws) => void expectTypeOf(ws.query).toEqualTypeOf<RawQuery>())
      api.websocket('/x', { hidden: true }, (ws) => {
        expectTypeOf(ws.query).toEqualTypeOf<RawQuery>()
        expectTypeOf(ws.headers).toEqualTypeOf<Readonly<IncomingHttpHeaders>>()
        expectTypeOf(ws.cookies).toEqualTypeOf<RawCookies>()
      })
    })
  })
})

describe('headers and cookies of a handler', () => {
  it('come from their schemas, beside one another', () => {
    typesOnly((api) => {
      api.websocket(
        '/{id:int}',
        {
          query: Type.Object({ limit: Type.Integer({ default: 10 }) }),
          headers: Type.Object({ user_agent: Type.String(), token: Type.String({ alias: 'x-token' }) }),
          cookies: z.object({ session: z.string().optional() }),
        },
        (ws, params) => {
          expectTypeOf(params).toEqualTypeOf<{ readonly id: number }>()
          expectTypeOf(ws.query).toEqualTypeOf<{ readonly limit: number }>()
          expectTypeOf(ws.headers).toEqualTypeOf<{ readonly user_agent: string; readonly token: string }>()
          expectTypeOf(ws.cookies).toEqualTypeOf<{ readonly session?: string | undefined }>()
        },
      )
    })
  })
})

describe('the params of a handler', () => {
  it('are those of the path, and over them those of the schema', () => {
    typesOnly((api) => {
      const params = Type.Object({ kind: Type.Union([Type.Literal('a'), Type.Literal('b')]), count: Type.Integer() })
      api.websocket('/{id:int}/{kind}/{count}', { params }, (ws, given) => {
        interface Expected {
          readonly id: number
          readonly kind: 'a' | 'b'
          readonly count: number
        }
        expectTypeOf(given).toEqualTypeOf<Expected>()
        expectTypeOf(ws.params).toEqualTypeOf<Expected>()
      })
    })
  })

  it('are told by the api', () => {
    typesOnly((api) => {
      const chained = api
        .websocket('/a/{n}', { params: Type.Object({ n: Type.Integer() }) }, () => {})
        .websocket('/b/{s}', { query: Type.Object({}) }, () => {})
      type Routes = NonNullable<typeof chained.routes>
      expectTypeOf<Routes['/a/{n}']>().toEqualTypeOf<{ readonly n: number }>()
      expectTypeOf<Routes['/b/{s}']>().toEqualTypeOf<{ readonly s: string }>()
    })
  })
})

describe('callbacks', () => {
  it('have the same types', () => {
    typesOnly((api) => {
      api.websocket('/{n}', {
        params: Type.Object({ n: Type.Integer() }),
        query: Type.Object({ page: Type.Integer() }),
        headers: Type.Object({ host: Type.String() }),
        cookies: Type.Object({ theme: Type.Optional(Type.String()) }),
        onConnect(ws, params) {
          expectTypeOf(params).toEqualTypeOf<{ readonly n: number }>()
          expectTypeOf(ws.params.n).toBeNumber()
          expectTypeOf(ws.query).toEqualTypeOf<{ readonly page: number }>()
        },
        async onMessage(ws) {
          expectTypeOf(ws.headers).toEqualTypeOf<{ readonly host: string }>()
        },
        onDisconnect: (ws) => {
          expectTypeOf(ws.cookies).toEqualTypeOf<{ readonly theme?: string }>()
        },
      })
      api.websocket('/batch', {
        query: Type.Object({ page: Type.Integer() }),
        batch: { size: 2, timeout: 10 },
        onBatch: (ws) => void expectTypeOf(ws.query.page).toBeNumber(),
      })
    })
  })
})

describe('beside schemas', () => {
  it('auth is typed by the backends still', () => {
    typesOnly((api) => {
      const options = {
        auth: [jwtAuthentication({ secret: 'x'.repeat(32) })],
        guards: [isAuthenticated()],
        query: Type.Object({ page: Type.Integer() }),
      }
      api.websocket('/x', { ...options, auth: [jwtAuthentication({ secret: 'x'.repeat(32) })] }, (ws) => {
        expectTypeOf(ws.query.page).toBeNumber()
      })
      api.websocket('/y', { query: options.query, auth: options.auth, guards: [isAuthenticated()] }, (ws) => {
        expectTypeOf(ws.auth.userId).toExtend<string | null>()
      })
    })
  })

  it('GD-08 unknown options are errors still, and so is what is no schema', () => {
    typesOnly((api) => {
      const query = Type.Object({ page: Type.Integer() })
      // @ts-expect-error unknown option
      api.websocket('/x', { query, gaurds: [] }, () => {})
      // @ts-expect-error unknown option
      api.websocket('/x', { qurey: query }, () => {})
      // @ts-expect-error unknown callback
      api.websocket('/x', { query, onMessage() {}, onClose() {} })
      // @ts-expect-error no schema
      api.websocket('/x', { query: { page: Type.Integer() } }, () => {})
      // @ts-expect-error no schema
      api.websocket('/x', { query: 'page' }, () => {})
      // @ts-expect-error schemas belong to one route
      createApi({ query })
      // @ts-expect-error schemas belong to one route
      void ((app: import('fastify').FastifyInstance) => app.register(sluice, { query }))
    })
  })
})

describe('outside of a call', () => {
  it('a connection is typed by the path and the schemas', () => {
    const Query = Type.Object({ page: Type.Integer() })
    type Connection = ConnectionOn<'/{id:int}', { query: typeof Query }>
    expectTypeOf<Connection['query']>().toEqualTypeOf<{ readonly page: number }>()
    expectTypeOf<Connection['params']>().toEqualTypeOf<{ readonly id: number }>()
    expectTypeOf<Connection['auth']>().toEqualTypeOf<ConnectionOn<'/'>['auth']>()
    typesOnly((api) => {
      const join = async (_ws: Connection) => {}
      api.websocket('/{id:int}', { query: Query }, join)
      // @ts-expect-error the route has no schema for its query
      api.websocket('/{id:int}', join)
    })
  })

  it('any connection is a WebSocketConnection', () => {
    typesOnly((api) => {
      const greet = async (ws: WebSocketConnection) => {
        expectTypeOf(ws.query.anything).toBeUnknown()
      }
      api.websocket(
        '/x',
        { query: Type.Object({ page: Type.Integer() }), cookies: z.object({ a: z.string() }) },
        (ws) => greet(ws),
      )
      api.websocket('/x', greet)
    })
  })

  it('options of any route are options', () => {
    typesOnly((api) => {
      api.websocket('/x', {} as WebSocketRouteOptions, (ws) => void ws.query)
      api.websocket('/x', {} as RouteOptions, (ws) => void expectTypeOf(ws.query).toEqualTypeOf<RawQuery>())
    })
  })
})
