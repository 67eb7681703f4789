import { randomUUID } from 'node:crypto'
import { isAuthenticated } from '@sluice/auth'
import { type AuthContext, protect } from '@sluice/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { COOKIE, TOKEN_LIFETIME, type Tokens, type User, type Visitor, visitorOf } from './tokens.ts'

/** Who is signed in, as the page learns it. */
interface SignedIn {
  readonly name: string
  readonly isAdmin: boolean
  /** Milliseconds until the token ends. */
  readonly expiresIn: number
}

const LOGIN = {
  body: {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', maxLength: 24, pattern: '\\S' },
      admin: { type: 'boolean', default: false },
    },
  },
} as const

/** A login without passwords: everybody is who they say they are. */
export async function login(app: FastifyInstance, { tokens }: { tokens: Tokens }): Promise<void> {
  const signedIn = protect({ auth: [tokens.inCookie], guards: [isAuthenticated()] })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.post<{ Body: { name: string; admin: boolean } }>('/login', { schema: LOGIN }, async ({ body }, reply) =>
    signIn({ id: randomUUID(), name: body.name.trim(), isAdmin: body.admin }, reply),
  )

  app.post('/renew', { onRequest: signedIn }, async (request, reply) => signIn(visitorIn(request), reply))

  app.get('/me', { onRequest: signedIn }, async (request): Promise<SignedIn> => {
    const { name, isAdmin, expiresAt } = visitorIn(request)
    return { name, isAdmin, expiresIn: expiresAt - Date.now() }
  })

  // The cookie goes first: a token that the next hook denies must not stay.
  app.post('/logout', { onRequest: [forget, signedIn] }, async (request, reply) => {
    app.api.disconnectUser(visitorIn(request).id, { code: 4401, reason: 'Signed out' })
    return reply.code(204).send()
  })

  /** The token goes into a cookie that scripts cannot read, and to the page, which offers it as a subprotocol. */
  function signIn(user: User, reply: FastifyReply): SignedIn & { readonly token: string } {
    const token = tokens.issue(user)
    setCookie(reply, token, TOKEN_LIFETIME)
    return { name: user.name, isAdmin: user.isAdmin, expiresIn: TOKEN_LIFETIME, token }
  }
}

/** After `protect`, which lets nobody pass without a token. */
function visitorIn({ auth }: FastifyRequest): Visitor {
  return visitorOf(auth as AuthContext)
}

async function forget(_request: unknown, reply: FastifyReply): Promise<void> {
  setCookie(reply, '', 0)
}

/** Not `Secure`, because the demo speaks plain http. */
function setCookie(reply: FastifyReply, value: string, lifetime: number): void {
  reply.header('set-cookie', `${COOKIE}=${value}; Path=/; Max-Age=${lifetime / 1_000}; HttpOnly; SameSite=Strict`)
}
