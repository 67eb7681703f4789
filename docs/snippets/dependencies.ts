import sluice, { createApi, type Dependency, dependency, HttpDenial, type WebSocketConnection } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Stands for a pool of a database library. */
class Pool {
  async connect(): Promise<Client> {
    return new Client()
  }

  async end(): Promise<void> {}
}

class Client {
  async userOf(session: string): Promise<{ name: string } | null> {
    return session === '' ? null : { name: 'ada' }
  }

  async titleOf(item: number): Promise<string> {
    return `item ${item}`
  }

  release(): void {}
}

const pool = new Pool()

// #region dependencies
/** A client of the pool for each connection, which goes back when the connection ends. */
async function db() {
  const client = await pool.connect()
  return {
    userOf: (session: string) => client.userOf(session),
    titleOf: (item: number) => client.titleOf(item),
    [Symbol.dispose]: () => client.release(),
  }
}

/** Whose session cookie this is. It uses `db`, and denies who has none. */
const user = dependency({ db }, async (ws, { db }) => {
  const { session } = ws.cookies
  const found = typeof session === 'string' ? await db.userOf(session) : null
  if (found === null) throw new HttpDenial(401, 'No session')
  return found
})
// #endregion dependencies

export async function first(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region first
  app.api.websocket('/ws/items/{item:int}', { depends: { db, user } }, async (ws, { item }) => {
    await ws.accept()
    await ws.sendText(`${ws.deps.user.name} looks at ${await ws.deps.db.titleOf(item)}`)
  })
  // #endregion first

  // #region inline
  app.api.websocket(
    '/ws/titles/{item:int}',
    {
      depends: {
        title: (ws) => `item ${ws.params.item.toFixed()}`,
        verbose: (ws) => ws.query.verbose === '1',
      },
    },
    async (ws) => {
      await ws.accept()
      await ws.sendText(ws.deps.verbose ? ws.deps.title : '')
    },
  )
  // #endregion inline

  return app
}

// #region typed
interface Settings {
  readonly quiet: boolean
}

export const settings: Dependency<Settings> = (ws) => ({ quiet: ws.headers['x-quiet'] !== undefined })

/** Fits any route with a param `room` of type string. */
export const room = (ws: WebSocketConnection<{ params: { readonly room: string } }>) => ws.params.room.toLowerCase()

/** What uses one that needs a param needs it too. */
export const members = dependency({ room, db }, (ws, { room, db }) => [db.titleOf(1), `${room} of ${ws.params.room}`])
// #endregion typed

export async function layers(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region layers
  await app.register(sluice, { depends: { settings } })

  const items = createApi({ depends: { db, user } })
  items.websocket('/{item:int}', { depends: { title: () => 'of the route' } }, async (ws) => {
    await ws.accept()
    await ws.sendJson({ user: ws.deps.user.name, title: ws.deps.title })
  })
  await app.register(items, { prefix: '/ws/items' })
  // #endregion layers

  return app
}

export async function shared(): Promise<FastifyInstance> {
  // #region shared
  const app = Fastify()
  await app.register(sluice)

  const visits = { count: 0 }
  app.decorate('pool', new Pool())
  app.decorate('visits', visits)
  app.addHook('onClose', ({ pool }) => pool.end())

  app.api.websocket('/ws/visits', async (ws) => {
    await ws.accept()
    await ws.sendText(`visitor ${++ws.request.server.visits.count}`)
  })
  // #endregion shared

  return app
}

// #region declare
declare module 'fastify' {
  interface FastifyInstance {
    pool: Pool
    visits: { count: number }
  }
}
// #endregion declare
