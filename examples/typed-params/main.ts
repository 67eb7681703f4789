import { build } from './typed-params.ts'

const app = await build()
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/user/7/channel/news`)

process.once('SIGINT', () => void app.close())
