import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Path parameters that arrive with their type. A wrong one is denied with 422 before the connection opens. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  app.api.websocket('/ws/user/{user_id:int}/channel/{channel_id}', async (ws, { user_id, channel_id }) => {
    await ws.accept()
    await ws.sendText(`User ${user_id.toFixed()} is in ${channel_id.toUpperCase()}`)
  })

  app.api.websocket('/ws/thermometer/{id:uuid}/{unit:enum(celsius,kelvin)}', async (ws, { id, unit }) => {
    await ws.accept()
    await ws.sendJson({ id, temperature: unit === 'kelvin' ? 294.65 : 21.5 })
  })

  return app
}
