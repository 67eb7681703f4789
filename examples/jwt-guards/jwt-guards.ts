import { createJwt, hasPermission, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { broadcast, protect } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

/** Those who may log in. A real app has a database, and hashes. */
const USERS = new Map([
  ['ada', { password: 'lovelace', permissions: ['news.write'] }],
  ['bob', { password: 'builder', permissions: [] }],
])

const CREDENTIALS = {
  body: {
    type: 'object',
    required: ['name', 'password'],
    properties: { name: { type: 'string' }, password: { type: 'string' } },
  },
} as const

/** A login that issues a JWT, and routes that take it from a header, a cookie or a subprotocol. */
export async function build(secret: string): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const auth = [jwtAuthentication({ secret, sources: ['header', { cookie: 'session' }, 'subprotocol'] })]

  app.post<{ Body: { name: string; password: string } }>('/login', { schema: CREDENTIALS }, async (request, reply) => {
    const { name, password } = request.body
    const user = USERS.get(name)
    if (user?.password !== password) return reply.code(401).send({ detail: 'Wrong name or password' })
    const token = createJwt({ sub: name, permissions: user.permissions }, { secret, expiresIn: 3_600_000 })
    return reply.header('set-cookie', `session=${token}; HttpOnly; SameSite=Strict; Path=/`).send({ token })
  })

  app.get('/me', { onRequest: protect({ auth, guards: [isAuthenticated()] }) }, async ({ auth }) => ({
    name: auth?.userId,
  }))

  app.api.websocket('/ws/news', { auth, guards: [isAuthenticated()], subprotocols: ['news'] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`Hello, ${ws.auth.userId}`)
    for await (const _ of ws);
  })

  const readers = () => [...app.api.connections].filter(({ route }) => route === '/ws/news')

  app.api.websocket('/ws/news/write', { auth, guards: [hasPermission('news.write')] }, async (ws) => {
    await ws.accept()
    for await (const text of ws.iterText()) broadcast(readers(), `${ws.auth.userId} writes: ${text}`)
  })

  return app
}
