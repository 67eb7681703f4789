import { type } from 'arktype'
import Fastify, { type FastifyInstance } from 'fastify'
import Type from 'typebox'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type SluiceApi, type SluiceOptions, sluice } from '../../src/index.ts'

/** The same two messages, in each library: something is said, or somebody moves. */
export const zodMessages = z.discriminatedUnion('type', [
  z.object({ type: z.literal('chat.say'), text: z.string() }),
  z.object({ type: z.literal('chat.move'), x: z.number(), y: z.number() }),
])

export const typeboxMessages = Type.Union([
  Type.Object({ type: Type.Literal('chat.say'), text: Type.String() }),
  Type.Object({ type: Type.Literal('chat.move'), x: Type.Number(), y: Type.Number() }),
])

export const valibotMessages = v.variant('type', [
  v.object({ type: v.literal('chat.say'), text: v.string() }),
  v.object({ type: v.literal('chat.move'), x: v.number(), y: v.number() }),
])

export const arktypeMessages = type({ type: "'chat.say'", text: 'string' }).or({
  type: "'chat.move'",
  x: 'number',
  y: 'number',
})

export const LIBRARIES = {
  typebox: typeboxMessages,
  zod: zodMessages,
  valibot: valibotMessages,
  arktype: arktypeMessages,
} as const

/** An app whose one route is `/ws`, for the time of a test. */
export async function appWith(
  declare: (api: SluiceApi) => unknown,
  options: SluiceOptions = {},
): Promise<FastifyInstance> {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(sluice, options)
  declare(app.api)
  return app
}
