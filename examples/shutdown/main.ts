import { closeOnSignals } from '@sluice/core'
import { build } from './shutdown.ts'

const app = await build()
closeOnSignals(app)
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/orders`)
