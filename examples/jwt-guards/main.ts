import { randomBytes } from 'node:crypto'
import { build } from './jwt-guards.ts'

// Tokens of one start are worth nothing to the next, unless both are given the same secret.
const app = await build(process.env.SECRET ?? randomBytes(32).toString('hex'))
const address = await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log(`${address}/login takes {"name":"ada","password":"lovelace"} in a POST, and gives a token for`)
console.log(`${address.replace('http', 'ws')}/ws/news`)

process.once('SIGINT', () => void app.close())
