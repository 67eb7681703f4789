import { randomBytes } from 'node:crypto'
import { build } from './browser-tickets.ts'

const app = await build(process.env.SECRET ?? randomBytes(32).toString('hex'))
console.log(await app.listen({ port: Number(process.env.PORT ?? 0) }))

process.once('SIGINT', () => void app.close())
