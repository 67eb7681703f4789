import swagger from '@fastify/swagger'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'
import Type from 'typebox'
import * as v from 'valibot'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import sluice, { type WebSocketRouteOptions } from '../../src/index.ts'

const ROUTE = {
  summary: 'The items',
  params: Type.Object({ size: Type.Union([Type.Literal('s'), Type.Literal('l')]) }),
  query: Type.Object({
    page: Type.Integer({ default: 1, minimum: 1 }),
    from: Type.String({ alias: 'from-item', description: 'Where to begin' }),
  }),
  headers: Type.Object({ user_agent: Type.Optional(Type.String()) }),
  cookies: z.object({ theme: z.string().default('light') }),
} satisfies WebSocketRouteOptions

async function createApp(route: WebSocketRouteOptions) {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(swagger, { openapi: {} })
  await app.register(sluice)
  app.api.websocket('/items/{id:int}/{size}', route, async (ws) => {
    await ws.accept()
    await ws.sendJson(ws.query)
  })
  return app
}

it('is what other plugins see: the names of the client, and no trailing slash twice', async () => {
  const app = await createApp(ROUTE)
  await app.ready()
  const { paths = {} } = app.swagger() as {
    paths?: Record<string, { get: { summary: string; parameters: unknown[] } }>
  }
  const { summary, parameters } = paths['/items/{id}/{size}']?.get ?? {}
  expect(summary).toBe('The items')
  expect(parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        in: 'query',
        name: 'page',
        required: false,
        schema: { type: 'integer', default: 1, minimum: 1 },
      }),
      expect.objectContaining({ in: 'query', name: 'from-item', required: true, description: 'Where to begin' }),
      expect.objectContaining({ in: 'header', name: 'user-agent', required: false }),
      expect.objectContaining({ in: 'cookie', name: 'theme' }),
      expect.objectContaining({ in: 'path', name: 'size', required: true }),
    ]),
  )
})

it('is not validated by Fastify, and changes nothing for it', async () => {
  const app = await createApp(ROUTE)
  await using ws = await WebSocketTestClient.connect(app, '/items/5/s?page=2&from-item=3&other=x')
  expect(await ws.receiveJson()).toEqual({ page: 2, from: '3' })
  await expect(WebSocketTestClient.connect(app, '/items/5/s?page=0&from-item=3')).rejects.toMatchObject({ status: 422 })
})

it('leaves out what its library cannot say in JSON Schema', async () => {
  const app = await createApp({
    query: v.object({ page: v.optional(v.string()) }),
    headers: z.object({ at: z.date().optional() }),
  })
  await app.ready()
  const { paths = {} } = app.swagger() as { paths?: Record<string, { get: { parameters: { in: string }[] } }> }
  expect(paths['/items/{id}/{size}']?.get.parameters.map((parameter) => parameter.in)).toEqual(['path', 'path'])
})
