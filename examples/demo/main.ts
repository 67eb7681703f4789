import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { build } from './demo.ts'

const PREFERRED_PORT = 3_000

try {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' } },
  })
  const app = await build()
  stopOnSignal(app)
  const address = await listen(app, values.host, values.port ?? process.env.PORT)
  console.log(`The Sluice demo is at ${address} (Ctrl-C stops it)`)
} catch (error) {
  // A misspelt flag or a port that is taken: a stack trace would not help.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** On the port that was chosen; else on the preferred one, or any other if somebody has it. */
async function listen(app: FastifyInstance, host: string, port: string | undefined): Promise<string> {
  if (port !== undefined) return app.listen({ host, port: Number(port) })
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
