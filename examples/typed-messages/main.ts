import { build } from './typed-messages.ts'

const app = await build()
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/board`)

process.once('SIGINT', () => void app.close())
