import sluice, { type SluiceOptions } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'

/** An app with Sluice, closed when the test has finished. */
export async function createApp(options: SluiceOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice, options)
  onTestFinished(() => app.close())
  return app
}

/** An app whose upgrades are answered with bytes of the test's choice, after which the stream ends unless told otherwise. */
export function createRawApp(respond: (key: string) => string, { ends = true } = {}): FastifyInstance {
  const app = Fastify()
  app.server.on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end()).resume()
    const response = Buffer.from(respond(request.headers['sec-websocket-key'] as string), 'latin1')
    if (ends) socket.end(response)
    else socket.write(response)
  })
  onTestFinished(() => app.close())
  return app
}
