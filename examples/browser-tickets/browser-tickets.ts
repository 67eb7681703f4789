import { readFile } from 'node:fs/promises'
import { createJwt, isAuthenticated, jwtAuthentication, ticketAuthentication } from '@sluice/auth'
import sluice, { protect } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

const PAGE = new URL('page.html', import.meta.url)

const NAME = {
  body: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1, maxLength: 40 } } },
} as const

/**
 * A page whose visitor is known by a cookie. Its WebSocket is opened by a ticket, which an ordinary request with that
 * cookie gets: it can be used once, soon, and by this website alone. The cookie itself opens nothing.
 */
export async function build(secret: string): Promise<FastifyInstance> {
  // A browser keeps connections open that it has not used, and would hold up the end of the app.
  const app = Fastify({ forceCloseConnections: true })
  await app.register(sluice)
  const session = jwtAuthentication({ secret, sources: [{ cookie: 'session' }] })
  const tickets = ticketAuthentication({ lifetime: 10_000 })
  const page = await readFile(PAGE)

  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page))

  app.post<{ Body: { name: string } }>('/login', { schema: NAME }, async ({ body }, reply) => {
    const token = createJwt({ sub: body.name }, { secret })
    return reply.header('set-cookie', `session=${token}; HttpOnly; SameSite=Strict; Path=/`).code(204).send()
  })

  app.post('/tickets', { onRequest: protect({ auth: [session], guards: [isAuthenticated()] }) }, async (request) => ({
    ticket: await tickets.issue(request.auth, { origin: request.headers.origin }),
  }))

  app.api.websocket('/ws', { auth: [tickets], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`Hello, ${ws.auth.userId}`)
    for await (const text of ws.iterText()) await ws.sendText(`${ws.auth.userId}: ${text}`)
  })

  return app
}
