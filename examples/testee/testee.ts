import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** What the Autobahn suite sends at most in one message, and in one fragmented message. */
const LARGEST_MESSAGE = 16 * 1024 * 1024
const MOST_FRAGMENTS = 1024 * 1024

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
      backpressure: { highWaterMark: 2 * LARGEST_MESSAGE },
    },
    compression: { threshold: 0, contextTakeover: true, serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
  })

  app.api.websocket('/', { onMessage: (ws, message) => ws.send(message.data) })

  return app
}
