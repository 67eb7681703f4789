import { createApi, dependency, HttpDenial, type WebSocketConnection } from '@sluice/core'
import Type from 'typebox'
import { Database } from './database.ts'
import { session } from './session.ts'

/** A database for each connection, which is closed when the connection has ended. */
export const database = () => new Database()

type OfItem = WebSocketConnection<{ params: { readonly item_id: string } }>

/** The item that a path names. It uses the database, and denies what that does not know. */
export const item = dependency({ database }, async (ws: OfItem, { database }) => {
  const name = await database.nameOf(ws.params.item_id)
  if (name === undefined) throw new HttpDenial(404, 'No such item')
  return { name }
})

const Query = Type.Object({ token: Type.Optional(Type.String()), q: Type.Optional(Type.Integer()) })

/** Dependencies: the session comes from a cookie or a token, the item from a database. */
export const items = createApi().websocket(
  '/items/{item_id}/ws',
  { query: Query, depends: { session, item } },
  async (ws, { item_id }) => {
    await ws.accept()
    const { session, item } = ws.deps
    const { q } = ws.query
    await ws.sendText(`Your session is ${session.value}, from the ${session.from}`)
    if (q !== undefined) await ws.sendText(`q is ${q}`)
    for await (const text of ws.iterText()) await ws.sendText(`${item_id} is ${item.name}; you said ${text}`)
  },
)
