import { build } from './callbacks.ts'

const app = await build()
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/lobby/Ada`)

process.once('SIGINT', () => void app.close())
