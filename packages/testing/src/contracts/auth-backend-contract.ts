import assert from 'node:assert/strict'
import { validateHeaderValue } from 'node:http'
import { type AuthBackend, type AuthContext, type Authentication, type Clock, systemClock } from '@sluice/core/ports'
import { type ContractCase, createContract, type Skips } from './contract.ts'
import { type RequestParts, upgradeRequestOf } from './upgrade-request-of.ts'

export interface AuthBackendSubject {
  /** Makes a backend. Called once for each case. */
  create(): AuthBackend | Promise<AuthBackend>
  /** A request whose credentials are good. Called again for each use, so that they may be used up. */
  valid(backend: AuthBackend): RequestParts | Promise<RequestParts>
  /** Requests with credentials of this kind that are wrong, by what is wrong with them. */
  readonly invalid: Readonly<Record<string, RequestParts>>
  /** The clock that the backend is given. @default Node's */
  readonly clock?: Clock
  readonly skip?: Skips
}

/** What every auth backend does. */
export function authBackendContract(subject: AuthBackendSubject): ContractCase[] {
  const { create, valid, invalid, clock = systemClock, skip } = subject
  const ask = async (backend: AuthBackend, parts: RequestParts) => backend.authenticate(upgradeRequestOf(parts), clock)
  const proven = async (): Promise<AuthContext> => {
    const backend = await create()
    return contextOf(await ask(backend, await valid(backend)))
  }

  return createContract(
    {
      'has a name and a challenge that can stand in a header': async () => {
        const { name, challenge } = await create()
        assert(typeof name === 'string' && name !== '', 'the name is empty')
        assert(/^[!#$%&'*+.^_`|~\w-]+( |$)/.test(challenge), `'${challenge}' does not begin with a scheme`)
        validateHeaderValue('www-authenticate', challenge)
      },
      'says none where there are no credentials': async () => {
        assert.deepEqual(await ask(await create(), {}), { kind: 'none' })
      },
      'proves good credentials': async () => {
        const { userId, permissions, backend, claims, isStaff, isSuperuser } = await proven()
        assert(userId === null || (typeof userId === 'string' && userId !== ''), 'userId is neither a name nor null')
        assert(typeof permissions?.has === 'function', 'permissions is not a set')
        assert(typeof backend === 'string' && backend !== '', 'backend is not a name')
        assert(typeof claims === 'object' && claims !== null, 'claims is not an object')
        assert.deepEqual([typeof isStaff, typeof isSuperuser], ['boolean', 'boolean'])
      },
      'gives a context that nobody can alter': async () => {
        const { permissions, ...context } = await proven()
        assert(Object.isFrozen(await proven()), 'the context is not frozen')
        assert(Object.isFrozen(context.claims), 'the claims are not frozen')
        try {
          ;(permissions as Set<string>).add(FORGED)
        } catch {}
        assert(!permissions.has(FORGED), 'permissions can be added')
      },
      'says when the credentials end, in milliseconds, or not at all': async () => {
        const { expiresAt } = await proven()
        if (expiresAt === undefined) return
        assert(Number.isFinite(expiresAt) && expiresAt > clock.wallTime(), `${expiresAt} is no time to come`)
      },
      'calls wrong credentials invalid, and says why': async () => {
        for (const [what, parts] of Object.entries(invalid)) {
          const answer = await ask(await create(), parts)
          assert.equal(answer.kind, 'invalid', what)
          assert(answer.kind === 'invalid' && answer.reason !== '', `${what}: no reason`)
        }
      },
      'keeps credentials out of the reason': async () => {
        for (const [what, parts] of Object.entries(invalid)) {
          const answer = await ask(await create(), parts)
          if (answer.kind !== 'invalid') continue
          const told = secretsOf(parts).filter((secret) => answer.reason.includes(secret))
          assert.deepEqual(told, [], `${what}: the reason tells what was presented`)
        }
      },
      'lets nothing in that is not credentials, and does not throw': async () => {
        const backend = await create()
        for (const value of GARBAGE) {
          const names = ['authorization', 'cookie', 'x-api-key', 'sec-websocket-protocol']
          const headers = Object.fromEntries(names.map((name) => [name, value]))
          const answer = await ask(backend, { headers, url: `/ws?${encodeURIComponent(value)}=${value}` })
          assert.notEqual(answer.kind, 'ok', JSON.stringify(value.slice(0, 50)))
        }
      },
      'does not mix up those who come at the same time': async () => {
        const backend = await create()
        const wrong = Object.values(invalid)[0]
        const peers: [RequestParts, Authentication['kind']][] = []
        for (let count = 0; count < 5; count++) {
          peers.push([{}, 'none'], [await valid(backend), 'ok'])
          if (wrong !== undefined) peers.push([wrong, 'invalid'])
        }
        const answers = await Promise.all(peers.map(([parts]) => ask(backend, parts)))
        assert.deepEqual(
          answers.map(({ kind }) => kind),
          peers.map(([, kind]) => kind),
        )
      },
      'forgets who came before': async () => {
        const backend = await create()
        contextOf(await ask(backend, await valid(backend)))
        assert.equal((await ask(backend, {})).kind, 'none')
      },
      'says where its credentials are, so that nobody writes them down or echoes them': async () => {
        const backend = await create()
        const parts = await valid(backend)
        const query = new URL(parts.url ?? '/', 'http://localhost').searchParams
        const others = [...query.keys()].filter((name) => !backend.secretQueryParams?.includes(name))
        if (query.size > 0) assert(others.length < query.size, 'secretQueryParams names no parameter of the query')
        const cookie = parts.headers?.cookie
        if (cookie !== undefined) assert.equal(backend.readsCookies, true, 'readsCookies is not true')
        const offered = parts.headers?.['sec-websocket-protocol']
        if (typeof offered !== 'string') return
        const names = offered.split(/\s*,\s*/)
        const rest = backend.withoutCredentials?.(names) ?? names
        assert(rest.length < names.length, 'withoutCredentials removes no subprotocol')
      },
    },
    skip,
  )
}

const FORGED = 'a permission that was never proven'

const GARBAGE = [
  'x',
  ' ',
  ',',
  '=',
  ';',
  'Bearer',
  'Bearer ',
  'Basic Og==',
  'null',
  '..',
  '%',
  '😀',
  'x'.repeat(10_000),
]

function contextOf(answer: Authentication): AuthContext {
  assert(answer.kind === 'ok', `good credentials were answered with ${answer.kind}`)
  return answer.context
}

/** What is long enough in a request to be a secret. */
function secretsOf({ url = '', headers = {} }: RequestParts): string[] {
  const values = [...new URL(url, 'http://localhost').searchParams.values(), ...Object.values(headers).flat()]
  return values.flatMap((value) => value.split(/[\s,;=]+/)).filter((part) => part.length >= 8)
}
