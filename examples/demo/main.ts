import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { build } from './demo.ts'

const PREFERRED_PORT = 3_000

const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string' } } })
const host = values.host ?? process.env.HOST ?? '127.0.0.1'
const port = values.port ?? process.env.PORT

const app = await build()
stopOnSignal(app)
const address = await (port === undefined ? listenAnywhere(app) : app.listen({ host, port: Number(port) }))
console.log(`The Sluice demo is at ${address} (Ctrl-C stops it)`)

/** On the preferred port, or on any other if somebody has it. */
async function listenAnywhere(app: FastifyInstance): Promise<string> {
  try {
    return await app.listen({ host, port: PREFERRED_PORT })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    console.log(`Port ${PREFERRED_PORT} is taken; --port or PORT choose another. Here is a free one:`)
    return app.listen({ host, port: 0 })
  }
}

/** The first signal closes every connection and lets the process end by itself; a second one does not wait. */
function stopOnSignal(app: FastifyInstance): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    console.log('Stopping')
    void app.close()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}
