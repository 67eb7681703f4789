import { randomBytes } from 'node:crypto'
import { build } from './api-key.ts'

const boiler = { key: randomBytes(24).toString('base64url'), permissions: ['temperatures.write'] }
const dashboard = { key: randomBytes(24).toString('base64url'), permissions: ['temperatures.read'] }

const app = await build({ boiler, dashboard })
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
const base = address.replace('http', 'ws')
console.log(`${base}/ws/report with the header x-api-key: ${boiler.key}`)
console.log(`${base}/ws/watch with the header x-api-key: ${dashboard.key}`)

process.once('SIGINT', () => void app.close())
