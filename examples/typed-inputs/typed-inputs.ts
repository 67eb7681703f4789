import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'

/** What the handler declares is what it gets: typed, with defaults, or denied with 422 before the connection opens. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  app.api.websocket(
    '/ws/items/{item_id:int}',
    {
      query: Type.Object({
        q: Type.String({ minLength: 1 }),
        limit: Type.Integer({ default: 10, minimum: 1, maximum: 100 }),
        tags: Type.Array(Type.String(), { default: [] }),
        sort: Type.Optional(Type.Union([Type.Literal('price'), Type.Literal('name')])),
      }),
      headers: Type.Object({
        user_agent: Type.String({ default: 'unknown' }),
        token: Type.Optional(Type.String({ alias: 'x-token' })),
      }),
      cookies: Type.Object({
        theme: Type.String({ default: 'light' }),
      }),
    },
    async (ws, { item_id }) => {
      const { q, limit, tags, sort = 'price' } = ws.query
      await ws.accept()
      await ws.sendText(`Item ${item_id.toFixed()}: ${limit.toFixed()} of "${q}" by ${sort}, tagged ${tags.join(', ')}`)
      await ws.sendText(`${ws.headers.user_agent} in ${ws.cookies.theme}, ${ws.headers.token ?? 'no token'}`)
    },
  )

  return app
}
