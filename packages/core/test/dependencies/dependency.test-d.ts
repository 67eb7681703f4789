import { isAuthenticated, jwtAuthentication } from '@sluice/auth'
import Type from 'typebox'
import { expectTypeOf, it } from 'vitest'
import {
  createApi,
  type Dependency,
  type DepsOf,
  dependency,
  type SluiceApi,
  type WebSocketConnection,
} from '../../src/index.ts'

interface Db {
  userOf(session: string | undefined): Promise<{ name: string } | null>
  [Symbol.asyncDispose](): Promise<void>
}

declare const openDb: () => Promise<Db>
declare const api: SluiceApi

const db = (_ws: WebSocketConnection) => openDb()
const settings = () => ({ verbose: true })
const user = dependency({ db, settings }, (ws, { db, settings }) => {
  expectTypeOf(ws).toEqualTypeOf<WebSocketConnection>()
  expectTypeOf(db).toEqualTypeOf<Db>()
  expectTypeOf(settings).toEqualTypeOf<{ verbose: boolean }>()
  return db.userOf(ws.cookies.session as string | undefined)
})

it('ws.deps is typed from what the functions return, promises awaited', () => {
  api.websocket('/ws', { depends: { db, user, settings } }, async (ws) => {
    expectTypeOf(ws.deps.db).toEqualTypeOf<Db>()
    expectTypeOf(ws.deps.user).toEqualTypeOf<{ name: string } | null>()
    expectTypeOf(ws.deps.settings).toEqualTypeOf<{ verbose: boolean }>()
    // @ts-expect-error there is no such dependency
    void ws.deps.users
    // @ts-expect-error they are read only
    ws.deps.db = await openDb()
  })
})

it('a function that stands in the route knows its params and its auth', () => {
  const options = { secret: 'a secret that is long enough for HS256' }
  api.websocket(
    '/ws/{item:int}',
    {
      auth: [jwtAuthentication(options)],
      guards: [isAuthenticated()],
      depends: {
        item: async (ws) => {
          expectTypeOf(ws.params.item).toBeNumber()
          expectTypeOf(ws.auth.userId).toBeString()
          return { id: ws.params.item }
        },
        half: (ws) => ws.params.item / 2,
        either: (ws) => (ws.params.item > 1 ? 'now' : Promise.resolve('later')),
      },
    },
    (ws, params) => {
      expectTypeOf(params.item).toBeNumber()
      expectTypeOf(ws.deps.item).toEqualTypeOf<{ id: number }>()
      expectTypeOf(ws.deps.half).toBeNumber()
      expectTypeOf(ws.deps.either).toBeString()
      expectTypeOf(ws.auth.userId).toBeString()
    },
  )
})

it('a function that stands in the route knows what its schemas made of the request', () => {
  api.websocket(
    '/ws/{item:int}',
    {
      query: Type.Object({ page: Type.Integer({ default: 1 }) }),
      cookies: Type.Object({ session: Type.Optional(Type.String()) }),
      depends: {
        next: (ws) => {
          expectTypeOf(ws.query.page).toBeNumber()
          expectTypeOf(ws.cookies.session).toEqualTypeOf<string | undefined>()
          return ws.query.page + ws.params.item
        },
      },
    },
    (ws) => void expectTypeOf(ws.deps.next).toBeNumber(),
  )
})

it('callbacks are typed too', () => {
  api.websocket('/ws/{id}', {
    depends: { db, loud: (ws) => ws.params.id.toUpperCase() },
    onMessage: (ws) => void expectTypeOf(ws.deps).toEqualTypeOf<Readonly<{ db: Db; loud: string }>>(),
    onDisconnect: (ws) => void ws.deps.db,
  })
})

it('what an api depends on is typed in its routes, and the nearest wins', () => {
  const items = createApi({ depends: { db, settings } })
  items.websocket('/plain', (ws) => void expectTypeOf(ws.deps.db).toEqualTypeOf<Db>())
  items
    .websocket('/with/{id}', { hidden: true }, (ws) => void expectTypeOf(ws.deps.settings.verbose).toBeBoolean())
    .websocket('/nearest', { depends: { settings: () => 'quiet' } }, (ws) => {
      expectTypeOf(ws.deps.settings).toBeString()
      expectTypeOf(ws.deps.db).toEqualTypeOf<Db>()
    })
})

it('where nothing is declared, nothing is known', () => {
  api.websocket('/ws', (ws) => void expectTypeOf(ws.deps.db).toBeUnknown())
  api.websocket('/ws', { hidden: true }, (ws) => void expectTypeOf(ws.deps.db).toBeUnknown())
})

it('a dependency of certain params fits no other route', () => {
  const item = (ws: WebSocketConnection<{ params: { readonly item: number } }>) => ws.params.item
  api.websocket('/ws/{item:int}', { depends: { item } }, (ws) => void expectTypeOf(ws.deps.item).toBeNumber())
  // @ts-expect-error the route has no such param
  api.websocket('/ws/{other}', { depends: { item } }, () => {})
})

it('a dependency that uses others may need params too', () => {
  const item = dependency(
    { db, settings },
    (ws: WebSocketConnection<{ params: { readonly item: number } }>, { db }) => {
      expectTypeOf(db).toEqualTypeOf<Db>()
      return ws.params.item
    },
  )
  const next = dependency({ item }, (ws: WebSocketConnection<{ params: { readonly item: number } }>, { item }) => {
    expectTypeOf(item).toBeNumber()
    return ws.params.item + item
  })
  api.websocket('/ws/{item:int}', { depends: { next } }, (ws) => void expectTypeOf(ws.deps.next).toBeNumber())
  // @ts-expect-error the route has no such param
  api.websocket('/ws/{other}', { depends: { next } }, () => {})

  const twice = dependency({ item, db }, (ws, { item }) => {
    expectTypeOf(ws.params).toEqualTypeOf<{ readonly item: number }>()
    return item * 2
  })
  api.websocket('/ws/{item:int}', { depends: { twice } }, (ws) => void expectTypeOf(ws.deps.twice).toBeNumber())
  // @ts-expect-error the route has no such param
  api.websocket('/ws/{other}', { depends: { twice } }, () => {})
})

it('DepsOf names what dependencies make', () => {
  expectTypeOf<DepsOf<{ db: typeof db; user: typeof user }>>().toEqualTypeOf<{
    readonly db: Db
    readonly user: { name: string } | null
  }>()
  expectTypeOf(user).toExtend<Dependency<{ name: string } | null>>()
})

it('what is no dependency is refused', () => {
  // @ts-expect-error a value is no function
  api.websocket('/ws', { depends: { limit: 5 } }, () => {})
  // @ts-expect-error neither is it within another
  dependency({ limit: 5 }, () => 1)
})
