import {
  apiKeyAuthentication,
  createJwt,
  isAuthenticated,
  jwtAuthentication,
  MemoryRevocationStore,
  ticketAuthentication,
} from '@sluice/auth'
import sluice, { type AuthBackend, createAuthContext, protect } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

const secret = 'a secret of at least thirty-two bytes'
const findSession = async (id: string) => (id === 'known' ? { user: 'ada' } : undefined)

export async function jwt(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region jwt
  const login = jwtAuthentication({ secret, issuer: 'https://login.example.com', audience: 'chat' })

  app.api.websocket('/ws/me', { auth: [login], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth.userId}`)
  })
  // #endregion jwt

  return app
}

export async function keySet(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region jwks
  const login = jwtAuthentication<{ tenant: string }>({
    jwks: 'https://login.example.com/.well-known/jwks.json',
    algorithms: ['RS256', 'ES256'],
    issuer: 'https://login.example.com',
    audience: 'chat',
    requiredClaims: ['tenant'],
    claims: { permissions: 'scope', isStaff: (claims) => claims.role === 'staff' },
  })
  await app.register(sluice, { auth: [login] })
  // #endregion jwks

  app.api.websocket('/ws/tenant', { auth: [login], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
    await ws.sendText(ws.auth.claims.tenant)
  })

  return app
}

export async function apiKeys(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const { REPORTING_KEY = 'k-reporting', EXPORT_KEY = 'k-export' } = process.env

  // #region api-keys
  const keys = apiKeyAuthentication({
    keys: { reporting: REPORTING_KEY, export: { key: EXPORT_KEY, permissions: ['data.export'] } },
  })

  app.api.websocket('/ws/reports', { auth: [keys], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth.userId}`) // reporting or export: the name, never the key
  })
  // #endregion api-keys

  return app
}

export async function sources(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region sources
  const login = jwtAuthentication({ secret, sources: ['header', 'subprotocol', { cookie: 'session' }] })
  // #endregion sources

  app.api.websocket('/ws', { auth: [login], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
  })

  return app
}

export async function firstMessage(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region first-message
  const login = jwtAuthentication({ secret, sources: ['message'], authTimeout: 5_000 })

  app.api.websocket('/ws/feed', { auth: [login], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept() // open already: the token came over it
    await ws.sendText(`hello ${ws.auth.userId}`)
  })
  // #endregion first-message

  return app
}

export async function revocation(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region revocation
  const revoked = new MemoryRevocationStore()
  const login = jwtAuthentication({ secret, revocation: revoked })

  app.post('/logout', { onRequest: protect({ auth: [login], guards: [isAuthenticated()] }) }, async ({ auth }) => {
    if (auth?.userId == null) return
    revoked.revoke(String(auth.claims.jti), auth.expiresAt ?? 0)
    app.api.disconnectUser(auth.userId, { reason: 'Logged out' })
  })
  // #endregion revocation

  return app
}

export async function tickets(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region tickets
  const login = jwtAuthentication({ secret })
  const tickets = ticketAuthentication()

  app.post('/tickets', { onRequest: protect({ auth: [login], guards: [isAuthenticated()] }) }, async (request) => {
    if (request.auth === null) return
    return { ticket: await tickets.issue(request.auth, { origin: request.headers.origin ?? null }) }
  })

  app.api.websocket('/ws/feed', { auth: [tickets], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth.userId}`)
  })
  // #endregion tickets

  return app
}

export async function httpRoutes(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const login = jwtAuthentication({ secret })

  // #region protect
  app.get('/me', { onRequest: protect({ auth: [login], guards: [isAuthenticated()] }) }, (request) => ({
    user: request.auth?.userId,
  }))
  // #endregion protect

  return app
}

export async function ownBackend(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region own-backend
  const session: AuthBackend = {
    name: 'session',
    challenge: 'Session',
    async authenticate(request) {
      const id = request.headers['x-session']
      if (typeof id !== 'string') return { kind: 'none' }
      const found = await findSession(id)
      if (found === undefined) return { kind: 'invalid', reason: 'unknown session' }
      return { kind: 'ok', context: createAuthContext({ userId: found.user, backend: 'session' }) }
    },
  }
  // #endregion own-backend

  app.api.websocket('/ws', { auth: [session], guards: [isAuthenticated()] }, async (ws) => {
    await ws.accept()
  })

  return app
}

export async function failures(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)
  const login = jwtAuthentication({ secret })

  // #region failures
  app.api.websocket(
    '/ws/admin',
    { auth: [login], guards: [isAuthenticated()], authFailureLimit: { rps: 0.1, burst: 5, onStoreError: 'deny' } },
    async (ws) => {
      await ws.accept()
    },
  )
  // #endregion failures

  return app
}

// #region create-jwt
export const token: string = createJwt({ sub: 'ada', permissions: ['chat.write'] }, { secret, expiresIn: 60_000 })
// #endregion create-jwt
