import { describe, expect, it } from 'vitest'
import { parseAuthMessage } from '../../src/security/auth-message.ts'
import { createAuthenticationStage, notAuthenticated } from '../../src/security/authentication.ts'
import { createGuardsStage } from '../../src/security/guards.ts'
import { authenticateFirstMessage, refreshAuthentication } from '../../src/security/late-authentication.ts'
import { createPipeline } from '../../src/security/pipeline.ts'
import type { AuthBackend, Guard } from '../../src/security/ports.ts'
import { createUserCapacityStage } from '../../src/security/user-capacity.ts'
import { UserSeats } from '../../src/security/user-seats.ts'
import { authContext, handshake, ManualClock } from './fixtures.ts'

/** Knows a user by the name that is the token. */
const BACKEND: AuthBackend = {
  name: 'test',
  challenge: 'Bearer',
  firstMessage: { timeout: 10_000 },
  authenticate: () => ({ kind: 'none' }),
  authenticateToken: async (token) => {
    if (token === 'down') throw new Error('key server down')
    if (token === 'wrong') return { kind: 'invalid', reason: 'wrong' }
    return {
      kind: 'ok',
      context: authContext({ userId: token.split('/')[0] ?? '', isStaff: token.endsWith('/staff') }),
    }
  },
}

const STAFF_ONLY: Guard = { name: 'isStaff', check: ({ auth }) => auth?.isStaff === true }

function setUp(guards: readonly Guard[] = []) {
  const seats = new UserSeats(1, 'deny')
  const clock = new ManualClock()
  const pipeline = createPipeline({
    authentication: createAuthenticationStage([BACKEND], clock),
    userCapacity: createUserCapacityStage([seats]),
    guards: createGuardsStage([guards], notAuthenticated([BACKEND])),
  })
  const peer = handshake()
  peer.awaitsFirstMessage = true
  peer.open(() => {})
  const first = (token: string) => authenticateFirstMessage(peer, pipeline, token)
  const refresh = (token: string) => refreshAuthentication(peer, pipeline, token, clock)
  return { peer, seats, first, refresh }
}

describe('authenticateFirstMessage', () => {
  it('AU-23 proves who the peer is and runs what waited for it', async () => {
    const { peer, seats, first } = setUp([STAFF_ONLY])
    expect(await first('ada/staff')).toEqual({ kind: 'authenticated' })
    expect(peer.auth?.userId).toBe('ada')
    expect(peer.awaitsFirstMessage).toBe(false)
    expect(seats.size).toBe(1)
    peer.end()
    expect(seats.size).toBe(0)
  })

  it.each([
    ['wrong', 4401],
    ['ada', 4403],
    ['down', 1013],
  ])('AU-23 closes after %j with %s', async (token, code) => {
    expect(await setUp([STAFF_ONLY]).first(token)).toMatchObject({ kind: 'close', code })
  })

  it('AU-23 asks no backend that does not offer it', async () => {
    const { firstMessage: _, ...silent } = BACKEND
    const pipeline = createPipeline({ authentication: createAuthenticationStage([silent], new ManualClock()) })
    const outcome = await authenticateFirstMessage(handshake(), pipeline, 'ada')
    expect(outcome).toMatchObject({ kind: 'close', code: 4401 })
  })

  it('holds the cap of the user', async () => {
    const { peer, first } = setUp()
    await first('ada')
    expect(await first('ada')).toMatchObject({ kind: 'close', code: 4429 })
    peer.end()
  })
})

describe('refreshAuthentication', () => {
  it('AU-12 renews what was proven, without taking a second place', async () => {
    const { peer, seats, first, refresh } = setUp()
    await first('ada')
    expect(await refresh('ada/staff')).toMatchObject({ kind: 'authenticated' })
    expect(peer.auth?.isStaff).toBe(true)
    expect(seats.size).toBe(1)
  })

  it.each([
    ['grace', 'another user'],
    ['wrong', 'a wrong token'],
  ])('AU-12 closes with 4401 for %s: %s', async (token) => {
    const { peer, first, refresh } = setUp()
    await first('ada')
    expect(await refresh(token)).toMatchObject({ kind: 'close', code: 4401 })
    expect(peer.auth?.userId).toBe('ada')
  })

  it('GD-06 asks the guards again', async () => {
    const { first, refresh } = setUp([STAFF_ONLY])
    await first('ada/staff')
    expect(await refresh('ada')).toMatchObject({ kind: 'close', code: 4403 })
  })

  it('AU-12 keeps what was proven while nobody can decide', async () => {
    const { peer, first, refresh } = setUp()
    await first('ada')
    expect(await refresh('down')).toMatchObject({ kind: 'undecided', denial: { status: 503 } })
    expect(peer.auth?.userId).toBe('ada')
  })

  it('AU-12 closes when nothing was proven before', async () => {
    expect(await setUp().refresh('ada')).toMatchObject({ kind: 'close', code: 4401 })
  })
})

describe('parseAuthMessage', () => {
  it('finds the token', () => {
    expect(parseAuthMessage('{"type":"auth","token":"abc"}')).toBe('abc')
    expect(parseAuthMessage(' { "token" : "abc" , "type" : "auth" } ')).toBe('abc')
  })

  it.each([
    '',
    'auth',
    '"auth"',
    'null',
    '["auth"]',
    '{"type":"auth"}',
    '{"type":"auth","token":5}',
    '{"type":"auth","token":null}',
    '{"type":"AUTH","token":"abc"}',
    '{"type":"chat","token":"auth"}',
    '{"type":"auth","token":"abc"',
    '{"__proto__":{"type":"auth","token":"abc"}}',
    `{"type":"auth","token":"${'a'.repeat(9_000)}"}`,
  ])('leaves every other message alone: %s', (text) => {
    expect(parseAuthMessage(text)).toBeUndefined()
  })
})
