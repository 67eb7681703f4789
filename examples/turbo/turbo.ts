import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** An echo and rooms, without code of ours that runs for a message. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  app.api
    .turboWebsocket('/ws/echo', { mode: 'echo', responsePrefix: 'Echo: ' })
    .turboWebsocket('/ws/rooms/{room_id:int}', {
      mode: 'broadcast',
      includeSender: false,
      maxConnections: 1_000,
      limits: { maxMessageSize: 4_096 },
    })
    .turboWebsocket('/ws/{game}/{table:int}/watch', { mode: 'broadcast', room: 'table:{game}:{table}' })

  return app
}
