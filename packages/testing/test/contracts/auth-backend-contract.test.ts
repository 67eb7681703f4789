import { type AuthBackend, type Authentication, createAuthContext, type UpgradeRequest } from '@sluice/core/ports'
import { expect, it } from 'vitest'
import { authBackendContract } from '../../src/contracts/auth-backend-contract.ts'
import { failuresOf } from './faults.ts'

const PASSWORD = 'open-sesame'

/** Lets in whoever says the password in the query. */
const right: AuthBackend = {
  name: 'password',
  challenge: 'Password realm="cave"',
  secretQueryParams: ['password'],
  authenticate(request) {
    const said = passwordOf(request)
    if (said === null) return { kind: 'none' }
    if (said !== PASSWORD) return { kind: 'invalid', reason: 'wrong password' }
    return { kind: 'ok', context: createAuthContext({ userId: 'ali', backend: 'password' }) }
  },
}

function passwordOf({ url }: UpgradeRequest): string | null {
  return new URL(url, 'http://localhost').searchParams.get('password')
}

function contractOf(backend: AuthBackend) {
  return authBackendContract({
    create: () => backend,
    valid: () => ({ url: `/ws?password=${PASSWORD}` }),
    invalid: { 'a wrong word': { url: '/ws?password=open-barley' } },
  })
}

/** The right backend, and what it answers in the place of its answers. */
function answering(change: (answer: Authentication, request: UpgradeRequest) => Authentication): AuthBackend {
  return { ...right, authenticate: async (...args) => change(await right.authenticate(...args), args[0]) }
}

let lastUser: Authentication = { kind: 'none' }

const FAULTS: Readonly<Record<string, [backend: AuthBackend, name: string]>> = {
  'a challenge with a line break': [
    { ...right, challenge: 'Password\r\nx: y' },
    'has a name and a challenge that can stand in a header',
  ],
  'no credentials called wrong': [
    answering((answer) => (answer.kind === 'none' ? { kind: 'invalid', reason: 'none' } : answer)),
    'says none where there are no credentials',
  ],
  'a context that can be altered': [
    answering((answer) => (answer.kind === 'ok' ? { kind: 'ok', context: { ...answer.context } } : answer)),
    'gives a context that nobody can alter',
  ],
  'an expiry in seconds': [
    answering((answer) =>
      answer.kind === 'ok'
        ? { ...answer, context: Object.freeze({ ...answer.context, expiresAt: Date.now() / 1_000 + 60 }) }
        : answer,
    ),
    'says when the credentials end, in milliseconds, or not at all',
  ],
  'wrong credentials passed over': [
    answering((answer) => (answer.kind === 'invalid' ? { kind: 'none' } : answer)),
    'calls wrong credentials invalid, and says why',
  ],
  'a reason that tells': [
    answering((answer, request) =>
      answer.kind === 'invalid' ? { kind: 'invalid', reason: `wrong: ${passwordOf(request)}` } : answer,
    ),
    'keeps credentials out of the reason',
  ],
  'a throw for garbage': [
    answering((answer, { headers }) => (JSON.stringify(headers).includes('Basic') ? fail() : answer)),
    'lets nothing in that is not credentials, and does not throw',
  ],
  'the last user for whoever says nothing': [
    answering((answer) => {
      if (answer.kind === 'ok') lastUser = answer
      return answer.kind === 'none' ? lastUser : answer
    }),
    'forgets who came before',
  ],
  'a parameter that is not named': [
    { ...right, secretQueryParams: [] },
    'says where its credentials are, so that nobody writes them down or echoes them',
  ],
}

function fail(): never {
  throw new TypeError('it cannot be parsed')
}

it('passes a backend that is right', async () => {
  expect(await failuresOf(contractOf(right))).toEqual([])
})

it.each(Object.entries(FAULTS))('catches %s', async (_fault, [backend, name]) => {
  expect(await failuresOf(contractOf(backend))).toContain(name)
})
