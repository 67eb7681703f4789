/** The server of one scenario, in a process of its own: what its peers need does not count. `process.ts` starts it. */
import sluice, { closeOnSignals } from '@sluice/core'
import Fastify from 'fastify'
import { findScenario } from '../scenarios/index.ts'
import { readMemory } from './memory.ts'
import type { Answer, Request } from './process.ts'
import type { ServerReading } from './reading.ts'

const MAX_KEPT = 5
/** What Fastify itself writes of each request. */
const REQUEST_LINES = ['incoming request', 'request completed']

const { options = {}, http = {}, serve } = findScenario(process.argv[2] ?? '')
const rejections: string[] = []
const errorLines: string[] = []
let logLines = 0

process.on('unhandledRejection', (reason) => rejections.push(String(reason)))
const stream = {
  write(line: string) {
    const { level, msg } = JSON.parse(line)
    if (!REQUEST_LINES.includes(msg)) logLines++
    if (level >= 50 && errorLines.length < MAX_KEPT) errorLines.push(line.trim())
  },
}
const app = Fastify({ http, logger: { level: 'info', stream } })
await app.register(sluice, options)
app.api.websocket('/control', { onMessage: (ws, { data }) => ws.send(data) })
const commands = { ...(await serve(app)), read }
await app.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 })

closeOnSignals(app)
process.on('message', async ({ id, command, argument }: Request) => {
  try {
    const run = (commands as Record<string, (argument: number) => unknown>)[command]
    if (run === undefined) throw new Error(`no command '${command}'`)
    answer({ id, result: await run(argument) })
  } catch (error) {
    answer({ id, error: String(error) })
  }
})
process.on('disconnect', () => void app.close())
// The process has to end by itself once the app is closed.
process.channel?.unref()
answer({ id: 0, result: app.server.address() })

async function read(): Promise<ServerReading> {
  const memory = await readMemory()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const { handlerErrors } = app.api.stats()
  return { ...memory, connections: app.api.connections.size, sockets, handlerErrors, rejections, logLines, errorLines }
}

function answer(message: Answer): void {
  if (process.connected) process.send?.(message)
}
