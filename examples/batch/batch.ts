import sluice from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Stores many readings with one statement: a database, most often. */
export type StoreReadings = (sensor: number, readings: readonly number[]) => Promise<void>

/** Sensors that send readings faster than they could be stored one by one. Each is acknowledged once it is stored. */
export async function build(store: StoreReadings = async () => {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  app.api.websocket('/ws/sensors/{sensor:int}', {
    batch: { size: 100, timeout: 200 },
    async onBatch(ws, messages) {
      const readings = messages.map(({ data }) => Number(data))
      await store(ws.params.sensor, readings)
      return readings.map((reading) => `stored ${reading}`)
    },
    onDisconnect(ws) {
      ws.log.info('every reading is stored')
    },
  })

  return app
}
