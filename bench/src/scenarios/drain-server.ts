import sluice, { closeOnSignals } from '@sluice/core'
import Fastify from 'fastify'

/** An echo that is drained on SIGTERM. Prints its port. A peer that is mute is cut by the drain, not before. */
const [timeout = '10000'] = process.argv.slice(2)
const app = Fastify({ pluginTimeout: 0 })
await app.register(sluice, { drain: { timeout: Number(timeout) }, limits: { closeTimeout: 600_000 } })
app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })

closeOnSignals(app)
console.log(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
