import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { echo } from './echo.ts'
import { items } from './items.ts'
import { lobby } from './lobby.ts'

/** What the chapters on WebSockets of FastAPI's documentation teach, one module for each. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  await app.register(echo)
  await app.register(items)
  await app.register(lobby)
  return app
}
