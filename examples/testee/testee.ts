import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Above what the Autobahn suite sends: messages of 16 MiB, and of 65,536 fragments. */
const LARGEST_MESSAGE = 64 * 1024 * 1024
const MOST_FRAGMENTS = 131_072

/**
 * Sends every message back as it came, for conformance suites such as Autobahn: limits raised to what they send, compression in every
 * form that they ask for.
 * @param engine what carries the frames
 */
export async function build(engine: 'frame' | 'ws' = 'frame'): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, {
    engine,
    allowedOrigins: '*',
    limits: {
      maxMessageSize: LARGEST_MESSAGE,
      maxFragments: MOST_FRAGMENTS,
      inbox: { messages: 1_000, bytes: LARGEST_MESSAGE },
      backpressure: { highWaterMark: LARGEST_MESSAGE },
    },
    compression: { threshold: 0, contextTakeover: true, serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
  })

  app.api.websocket('/', { onMessage: (ws, message) => ws.send(message.data) })

  return app
}
