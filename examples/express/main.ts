import type { AddressInfo } from 'node:net'
import { api, build } from './express.ts'

const server = await build()
server.listen(Number(process.env.PORT ?? 0), 'localhost', () => {
  const { port } = server.address() as AddressInfo
  console.log(`ws://localhost:${port}/ws/echo`)
})

process.once('SIGINT', async () => {
  await api.drain()
  server.close()
})
