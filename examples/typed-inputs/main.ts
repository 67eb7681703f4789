import { build } from './typed-inputs.ts'

const app = await build()
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address.replace('http', 'ws')}/ws/items/7?q=tea&tags=hot&tags=green`)

process.once('SIGINT', () => void app.close())
