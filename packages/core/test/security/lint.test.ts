import { describe, expect, it } from 'vitest'
import { lintPolicies } from '../../src/security/lint.ts'
import type { AuthBackend, Guard } from '../../src/security/ports.ts'
import type { SecurityOptions } from '../../src/security/security-options.ts'
import { resolveSecurityPolicy } from '../../src/security/security-policy.ts'
import { WARNINGS, type WarningCode } from '../../src/security/warnings.ts'

const backend = (overrides: Partial<AuthBackend> = {}): AuthBackend => ({
  name: 'jwt',
  challenge: 'Bearer',
  authenticate: () => ({ kind: 'none' }),
  ...overrides,
})
const cookies = backend({ readsCookies: true })
const guard: Guard = { name: 'isAuthenticated', check: () => true, needsAuth: true }
const final: Guard = { name: 'allowAny', check: () => true, isFinal: true }

function codesOf(
  options: SecurityOptions,
  trustsEveryProxy = false,
  heartbeat = { interval: 25_000, timeout: 10_000 },
): WarningCode[] {
  const policy = resolveSecurityPolicy([{ scope: 'app', options }])
  return lintPolicies([{ route: '/ws', policy, heartbeat }], { trustsEveryProxy }).map(({ code }) => code)
}

const DANGEROUS: Record<WarningCode, () => WarningCode[]> = {
  SLUICE_WARN_ANY_ORIGIN_WITH_COOKIES: () => codesOf({ allowedOrigins: '*', auth: [cookies], guards: [guard] }),
  SLUICE_WARN_CORS_WITH_COOKIES: () => codesOf({ allowedOrigins: 'cors', auth: [cookies], guards: [guard] }),
  SLUICE_WARN_COOKIES_WITHOUT_ORIGIN: () => codesOf({ requireOrigin: false, auth: [cookies], guards: [guard] }),
  SLUICE_WARN_NULL_ORIGIN: () => codesOf({ allowedOrigins: ['null'] }),
  SLUICE_WARN_INSECURE_ORIGIN: () => codesOf({ allowedOrigins: ['http://example.com'] }),
  SLUICE_WARN_AUTH_WITHOUT_GUARD: () => codesOf({ auth: [backend()] }),
  SLUICE_WARN_GUARD_WITHOUT_AUTH: () => codesOf({ guards: [guard] }),
  SLUICE_WARN_UNREACHABLE_GUARD: () => codesOf({ auth: [backend()], guards: [final, guard] }),
  SLUICE_WARN_FORGEABLE_LIMIT_KEY: () => codesOf({ rateLimit: { rps: 1, key: 'header:x-client' } }),
  SLUICE_WARN_FORGEABLE_ADDRESS: () => codesOf({ rateLimit: { rps: 1 } }, true),
  SLUICE_WARN_QUERY_CREDENTIALS: () => codesOf(warned('SLUICE_WARN_QUERY_CREDENTIALS')),
  SLUICE_WARN_NO_EXPIRY_REQUIRED: () => codesOf(warned('SLUICE_WARN_NO_EXPIRY_REQUIRED')),
  SLUICE_WARN_SHORT_SECRET: () => codesOf(warned('SLUICE_WARN_SHORT_SECRET')),
  SLUICE_WARN_SHORT_HEARTBEAT_TIMEOUT: () => codesOf({}, false, { interval: 10_001, timeout: 1_000 }),
}

function warned(code: WarningCode): SecurityOptions {
  return { auth: [backend({ warnings: [code] })], guards: [guard] }
}

describe('lintPolicies', () => {
  it.each(Object.entries(DANGEROUS))('finds %s, and nothing else', (code, lint) => {
    expect(lint()).toEqual([code])
  })

  it.each<[string, SecurityOptions]>([
    ['no options', {}],
    ['a guarded route', { auth: [backend()], guards: [guard] }],
    ['cookies with a list of origins', { allowedOrigins: ['https://a.com'], auth: [cookies], guards: [guard] }],
    ['any origin without cookies', { allowedOrigins: '*', auth: [backend()], guards: [guard] }],
    [
      'http on this machine',
      { allowedOrigins: ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://*.localhost'] },
    ],
    ['a final guard at the end', { auth: [backend()], guards: [guard, final] }],
    ['a limit by address', { rateLimit: { rps: 1 } }],
  ])('is silent about %s', (_name, options) => {
    expect(codesOf(options)).toEqual([])
  })

  it('does not see a header-keyed limit as the only one where another stands beside it', () => {
    const policy = resolveSecurityPolicy([
      { scope: 'app', options: { rateLimit: { rps: 9 } } },
      { scope: '/ws', options: { rateLimit: { rps: 1, key: 'header:x-client' } } },
    ])
    expect(lintPolicies([{ route: '/ws', policy, heartbeat: null }], { trustsEveryProxy: false })).toEqual([])
  })

  it('says each thing once, with all its routes', () => {
    const policy = resolveSecurityPolicy([{ scope: 'app', options: { allowedOrigins: ['null'] } }])
    const routes = ['/a', '/b'].map((route) => ({ route, policy, heartbeat: null }))
    expect(lintPolicies(routes, { trustsEveryProxy: false })).toEqual([
      { code: 'SLUICE_WARN_NULL_ORIGIN', text: WARNINGS.SLUICE_WARN_NULL_ORIGIN, routes: ['/a', '/b'] },
    ])
  })

  it('is silenced one by one', () => {
    const policy = resolveSecurityPolicy([{ scope: 'app', options: { allowedOrigins: ['null', 'http://a.com'] } }])
    const silenced = new Set<WarningCode>(['SLUICE_WARN_NULL_ORIGIN'])
    const found = lintPolicies([{ route: '/ws', policy, heartbeat: null }], { trustsEveryProxy: false }, silenced)
    expect(found.map(({ code }) => code)).toEqual(['SLUICE_WARN_INSECURE_ORIGIN'])
  })
})
