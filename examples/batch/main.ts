import { build } from './batch.ts'

const app = await build(async (sensor, readings) => console.log(`sensor ${sensor}: ${readings.length} readings`))
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/sensors/7`)

process.once('SIGINT', () => void app.close())
