import { hasPermission, isAdminUser, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { bearer, SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, openGate, type Peer } from './support/gate.ts'

const auth = [jwtAuthentication({ secret: SECRET })]
const PUBLIC: Gate = { route: { auth } }
const PROTECTED: Gate = { route: { auth, guards: [isAuthenticated()] } }
const ADMIN: Gate = { route: { auth, guards: [isAdminUser()] } }
const EDITORS: Gate = { route: { auth, guards: [hasPermission('articles.edit')] } }

const user = withToken({ sub: 'ada' })
const superuser = withToken({ sub: 'root', is_superuser: true })
const editor = withToken({ sub: 'ed', permissions: ['articles.read', 'articles.edit'] })

describe.each(['memory', 'socket'] as const)('Guards, over %s', (transport) => {
  afterEach(() => WebSocketTestClient.assertNoLeaks())

  it('public without auth', async () => {
    expect(await greetingFor(PUBLIC, {})).toMatchObject({ userId: null })
  })

  it('protected without token "Authentication required"', async () => {
    const site = await openGate(PROTECTED, transport)
    await expect(site.open()).rejects.toThrow('Authentication required')
    await expect(site.open()).rejects.toMatchObject({
      status: 401,
      detail: 'Authentication required',
      stage: 'guards',
      headers: { 'www-authenticate': 'Bearer' },
    })
  })

  it('protected with a wrong token "Authentication required"', async () => {
    const site = await openGate(PROTECTED, transport)
    const { headers } = user
    const forged = { authorization: `${headers?.authorization}x` }
    await expect(site.open({ headers: forged })).rejects.toMatchObject({
      status: 401,
      detail: 'Authentication required',
      stage: 'authentication',
    })
  })

  it('with token ok', async () => {
    expect(await greetingFor(PROTECTED, user)).toMatchObject({ userId: 'ada' })
  })

  it('admin as normal user "Permission denied"', async () => {
    const site = await openGate(ADMIN, transport)
    await expect(site.open(user)).rejects.toMatchObject({ status: 403, detail: 'Permission denied', stage: 'guards' })
  })

  it('admin as superuser ok', async () => {
    expect(await greetingFor(ADMIN, superuser)).toMatchObject({ userId: 'root' })
  })

  it('permission missing "Permission denied"', async () => {
    const site = await openGate(EDITORS, transport)
    await expect(site.open(user)).rejects.toMatchObject({ status: 403, detail: 'Permission denied', stage: 'guards' })
  })

  it('permission present ok', async () => {
    expect(await greetingFor(EDITORS, editor)).toMatchObject({ userId: 'ed' })
  })

  async function greetingFor(gate: Gate, peer: Peer): Promise<unknown> {
    const site = await openGate(gate, transport)
    await using ws = await site.open(peer)
    return ws.receiveJson()
  }
})

function withToken(claims: Readonly<Record<string, unknown>>): Peer {
  return { headers: bearer(tokenOf(claims)) }
}
