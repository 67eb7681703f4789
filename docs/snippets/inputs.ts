import sluice, { type ConnectionOn } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'
import { z } from 'zod'

export async function standardSchema(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region zod
  const query = z.object({
    page: z.coerce.number().int().min(1).default(1),
    since: z.iso
      .datetime()
      .transform((text) => new Date(text))
      .optional(),
  })

  app.api.websocket('/ws/log', { query }, async (ws) => {
    await ws.accept()
    await ws.sendText(`page ${ws.query.page}, since ${ws.query.since?.getFullYear() ?? 'ever'}`)
  })
  // #endregion zod

  return app
}

export async function params(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region params
  const params = Type.Object({
    item_id: Type.Integer({ minimum: 1 }),
    size: Type.Union([Type.Literal('s'), Type.Literal('m'), Type.Literal('l')]),
  })

  app.api.websocket('/ws/items/{item_id:int}/{size}', { params }, async (ws, { item_id, size }) => {
    await ws.accept()
    await ws.sendText(`item ${item_id}, size ${size}`)
  })
  // #endregion params

  return app
}

export async function codec(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region codec
  const Instant = Type.Decode(Type.String({ format: 'date-time' }), (text) => new Date(text))

  app.api.websocket('/ws/since', { query: Type.Object({ since: Instant }) }, async (ws) => {
    await ws.accept()
    await ws.sendText(`since ${ws.query.since.getFullYear()}`)
  })
  // #endregion codec

  return app
}

export async function elsewhere(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region elsewhere
  const Query = Type.Object({ page: Type.Integer({ default: 1 }) })

  async function showLog(ws: ConnectionOn<'/ws/log/{name}', { query: typeof Query }>): Promise<void> {
    await ws.accept()
    await ws.sendText(`${ws.params.name}, page ${ws.query.page}`)
  }

  app.api.websocket('/ws/log/{name}', { query: Query }, showLog)
  // #endregion elsewhere

  return app
}
