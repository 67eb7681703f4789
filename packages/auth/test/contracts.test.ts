import {
  type AuthBackendSubject,
  authBackendContract,
  type GuardSubject,
  guardContract,
} from '@sluice/testing/contracts'
import { describe, it } from 'vitest'
import {
  allOf,
  anyOf,
  apiKeyAuthentication,
  createJwt,
  guard,
  hasAllPermissions,
  hasAnyPermission,
  hasPermission,
  isAdminUser,
  isAuthenticated,
  isStaff,
  jwtAuthentication,
  not,
  type TicketBackend,
  ticketAuthentication,
} from '../src/index.ts'

const secret = 'a secret of at least thirty-two bytes'
const key = 'sk-reports-0123456789'
const token = (claims: object = {}, expiresIn = 60_000) => createJwt({ sub: 'ada', ...claims }, { secret, expiresIn })
const forged = createJwt({ sub: 'ada' }, { secret: 'the secret of somebody else, as long', expiresIn: 60_000 })
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } })

const BACKENDS: Readonly<Record<string, AuthBackendSubject>> = {
  'jwtAuthentication in a header': {
    create: () => jwtAuthentication({ secret, issuer: 'us' }),
    valid: () => bearer(token({ iss: 'us' })),
    invalid: {
      'another key': bearer(forged),
      'another issuer': bearer(token({ iss: 'them' })),
      'a token that has expired': bearer(token({ iss: 'us' }, -60_000)),
    },
  },
  'jwtAuthentication in a cookie': {
    create: () => jwtAuthentication({ secret, sources: [{ cookie: 'session' }] }),
    valid: () => ({ headers: { cookie: `theme=dark; session=${token()}` } }),
    invalid: { 'another key': { headers: { cookie: `session=${forged}` } } },
  },
  'jwtAuthentication in the query': {
    create: () => jwtAuthentication({ secret, sources: [{ query: 'token' }] }),
    valid: () => ({ url: `/ws?token=${token()}` }),
    invalid: { 'another key': { url: `/ws?token=${forged}` } },
  },
  'jwtAuthentication among the subprotocols': {
    create: () => jwtAuthentication({ secret, sources: ['subprotocol'] }),
    valid: () => ({ headers: { 'sec-websocket-protocol': `chat, bearer, ${token()}` } }),
    invalid: { 'another key': { headers: { 'sec-websocket-protocol': `chat, bearer, ${forged}` } } },
  },
  'apiKeyAuthentication with keys': {
    create: () => apiKeyAuthentication({ keys: { reports: { key, permissions: ['reports.read'] } } }),
    valid: () => ({ headers: { 'x-api-key': key } }),
    invalid: {
      'another key': { headers: { 'x-api-key': 'sk-reports-0123456788' } },
      'the name of a key': { headers: { 'x-api-key': 'reports' } },
    },
  },
  ticketAuthentication: {
    create: () => ticketAuthentication(),
    valid: async (backend) => {
      const { issue } = backend as TicketBackend
      return { url: `/ws?ticket=${await issue(ADA)}` }
    },
    invalid: { 'one that was never issued': { url: `/ws?ticket=${'a'.repeat(43)}` } },
  },
}

const ADA = {
  userId: 'ada',
  permissions: new Set<string>(),
  isStaff: false,
  isSuperuser: false,
  claims: {},
  backend: 'jwt',
}

describe.each(Object.entries(BACKENDS))('%s', (_name, subject) => {
  for (const { name, run, skip } of authBackendContract(subject)) {
    it(name, async (context) => (skip === undefined ? run() : context.skip(skip)))
  }
})

const member = { auth: { permissions: ['read', 'write'] } }
const reader = { auth: { permissions: ['read'] } }
const guest = { auth: {} }
const nobody = {}

const GUARDS: Readonly<Record<string, GuardSubject>> = {
  isAuthenticated: { create: isAuthenticated, allowed: { guest }, denied: { nobody } },
  isAdminUser: { create: isAdminUser, allowed: { admin: { auth: { isSuperuser: true } } }, denied: { guest, nobody } },
  isStaff: { create: isStaff, allowed: { staff: { auth: { isStaff: true } } }, denied: { guest, nobody } },
  hasPermission: { create: () => hasPermission('write'), allowed: { member }, denied: { reader, guest, nobody } },
  hasAnyPermission: {
    create: () => hasAnyPermission('read', 'write'),
    allowed: { member, reader },
    denied: { guest, nobody },
  },
  hasAllPermissions: {
    create: () => hasAllPermissions('read', 'write'),
    allowed: { member },
    denied: { reader, guest, nobody },
  },
  allOf: {
    create: () => allOf(hasPermission('read'), hasPermission('write')),
    allowed: { member },
    denied: { reader, nobody },
  },
  anyOf: { create: () => anyOf(isStaff(), hasPermission('read')), allowed: { reader }, denied: { guest, nobody } },
  not: { create: () => not(hasPermission('write')), allowed: { reader }, denied: { member } },
  guard: {
    create: () => guard(async ({ params }) => params.room === 'open'),
    allowed: { 'the open room': { params: { room: 'open' } } },
    denied: { 'another room': { params: { room: 'closed' } } },
  },
}

describe.each(Object.entries(GUARDS))('%s', (_name, subject) => {
  for (const { name, run, skip } of guardContract(subject)) {
    it(name, async (context) => (skip === undefined ? run() : context.skip(skip)))
  }
})
