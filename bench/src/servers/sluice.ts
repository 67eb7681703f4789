import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { broadcast, type LimitOptions } from '@sluice/core'
import Fastify from 'fastify'
import { serve } from './control.ts'

const ORIGIN = 'https://app.example.com'
const SECRET = 'a secret of at least thirty-two bytes'

/** How the routes are written, `callback`, `iterator`, `batch` or `turbo`, on which engine they run, and with which limits. */
const [style = 'callback', engine = 'frame', limited = 'default'] = process.argv.slice(2)

const LIMITS: Readonly<Record<string, LimitOptions>> = {
  default: {},
  /** What has no switch is out of reach. */
  off: { maxMessageSize: 2 ** 30, maxFragments: 2 ** 30, heartbeat: false, controlFrameRate: false },
  /** All are counted, and none is ever reached. */
  all: { messageRate: { rate: 1e9, per: 'byte', action: 'throttle' }, idleTimeout: 3_600_000 },
}

const app = Fastify()
await app.register(sluice, { engine: engine === 'ws' ? 'ws' : 'frame', limits: LIMITS[limited] ?? {} })

if (style === 'iterator') {
  app.api.websocket('/echo', async (ws) => {
    await ws.accept()
    for await (const message of ws) await ws.send(message.data)
  })
} else if (style === 'batch') {
  app.api.websocket('/echo', { onBatch: (_ws, messages) => messages })
} else if (style === 'turbo') {
  app.api.turboWebsocket('/echo', { mode: 'echo' })
  app.api.turboWebsocket('/fan-out', { mode: 'broadcast' })
} else {
  app.api.websocket('/echo', { onMessage: (ws, message) => ws.send(message.data) })
  app.api.websocket('/fan-out', {
    onMessage: (_ws, message) => {
      broadcast(app.api.connections, message.data)
    },
  })
}

app.api.websocket('/checked', {
  allowedOrigins: [ORIGIN],
  // A real bucket that each handshake takes from, and that never runs dry.
  rateLimit: { rps: 1_000_000 },
  auth: [jwtAuthentication({ secret: SECRET, algorithms: ['HS256'] })],
  guards: [isAuthenticated()],
  onMessage: (ws, message) => ws.send(message.data),
})

const address = await app.listen({ host: '127.0.0.1', port: 0 })
const token = await createJwt({ sub: 'bench' }, { secret: SECRET, expiresIn: 3_600_000 })
serve(Number(new URL(address).port), { origin: ORIGIN, authorization: `Bearer ${token}` })
