import {
  allOf,
  anyOf,
  guard,
  hasAnyPermission,
  hasPermission,
  isAuthenticated,
  isStaff,
  jwtAuthentication,
  not,
} from '@sluice/auth'
import sluice, { createDenial } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

const secret = 'a secret of at least thirty-two bytes'
const login = jwtAuthentication({ secret })
const members = { includes: async (room: unknown, user: string) => room === 'lobby' || user === 'ada' }

export async function routes(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region layers
  await app.register(sluice, { auth: [login], guards: [isAuthenticated()] })

  app.api.websocket('/ws/chat', async (ws) => {
    await ws.accept()
  })

  app.api.websocket('/ws/moderation', { guards: [hasPermission('chat.moderate')] }, async (ws) => {
    await ws.accept()
  })
  // #endregion layers

  return app
}

export async function combined(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region combined
  const mayModerate = anyOf(isStaff(), allOf(hasPermission('chat.moderate'), not(hasPermission('chat.suspended'))))

  app.api.websocket('/ws/moderation', { auth: [login], guards: [mayModerate] }, async (ws) => {
    await ws.accept()
  })
  // #endregion combined

  return app
}

export async function own(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region own
  const isMember = guard(async ({ auth, params }) => {
    if (auth?.userId == null) return createDenial('ERR_NOT_AUTHENTICATED')
    if (await members.includes(params.room, auth.userId)) return true
    return createDenial('ERR_PERMISSION_DENIED', { detail: 'You are not a member of this room' })
  })

  app.api.websocket('/ws/rooms/{room}', { auth: [login], guards: [isAuthenticated(), isMember] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth.userId}`)
  })
  // #endregion own

  return app
}

export async function typed(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region typed
  app.api.websocket('/ws/open', { auth: [login] }, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth?.userId ?? 'stranger'}`) // JwtContext | null
  })

  app.api.websocket(
    '/ws/desk',
    { auth: [login], guards: [isAuthenticated(), hasAnyPermission('desk.read', 'desk.write')] },
    async (ws) => {
      await ws.accept()
      await ws.sendText(ws.auth.userId.toUpperCase()) // never null: a guard has proved it
    },
  )
  // #endregion typed

  return app
}
