import { describe, expect, it } from 'vitest'
import type { AuthBackend, Guard } from '../../src/security/ports.ts'
import type { SecurityOptions } from '../../src/security/security-options.ts'
import { resolveSecurityPolicy } from '../../src/security/security-policy.ts'

const backend = (name: string, overrides: Partial<AuthBackend> = {}): AuthBackend => ({
  name,
  challenge: 'Bearer',
  authenticate: () => ({ kind: 'none' }),
  ...overrides,
})
const guard = (name: string): Guard => ({ name, check: () => true })

function resolve(...layers: readonly SecurityOptions[]) {
  return resolveSecurityPolicy(
    layers.map((options, index) => ({ scope: ['app', 'parent', '/ws'][index] ?? '', options })),
  )
}

describe('resolveSecurityPolicy', () => {
  it('is safe without any option', () => {
    expect(resolve({})).toMatchObject({
      auth: [],
      guards: [],
      origin: { kind: 'same-origin' },
      missingOrigin: 'allow',
      rateLimits: [],
      authFailureLimit: null,
      maxConnections: [],
      maxConnectionsPerUser: [],
      handshakeTimeout: 10_000,
      denial: 'http',
    })
  })

  const [a, b, c] = [guard('a'), guard('b'), guard('c')]
  it.each([
    [[[a], [b], [c]], 'abc'],
    [[[a], undefined, [c]], 'ac'],
    [[[a], [], []], 'a'],
    [[[], [b], []], 'b'],
    [[undefined, undefined, undefined], ''],
    [[[a, b], [a], []], 'aba'],
  ])('GD-05 adds guards up: %#', (lists, names) => {
    const policy = resolve(...lists.map((guards) => (guards === undefined ? {} : { guards })))
    expect(
      policy.guards
        .flat()
        .map((each) => each.name)
        .join(''),
    ).toBe(names)
  })

  it('GD-05 adds backends up, each once, the outermost first', () => {
    const [jwt, key] = [backend('jwt'), backend('key')]
    expect(resolve({ auth: [jwt] }, { auth: [] }, { auth: [key, jwt] }).auth).toEqual([jwt, key])
  })

  it('GD-05 adds limits and caps up, each counted where it was given', () => {
    const policy = resolve(
      { rateLimit: { rps: 100 }, maxConnections: 1_000, maxConnectionsPerUser: 5 },
      {},
      { rateLimit: { rps: 5 }, maxConnections: 10, maxConnectionsPerUser: { max: 1, policy: 'newest-wins' } },
    )
    expect(policy.rateLimits).toMatchObject([
      { scope: 'app', value: { rps: 100 } },
      { scope: '/ws', value: { rps: 5 } },
    ])
    expect(policy.maxConnections).toEqual([
      { scope: 'app', value: 1_000 },
      { scope: '/ws', value: 10 },
    ])
    expect(policy.maxConnectionsPerUser).toEqual([
      { scope: 'app', value: { max: 5, policy: 'deny' } },
      { scope: '/ws', value: { max: 1, policy: 'newest-wins' } },
    ])
  })

  it('lifts inherited rate limits only where it is said', () => {
    expect(resolve({ rateLimit: { rps: 100 } }, { rateLimit: false }, {}).rateLimits).toEqual([])
    expect(
      resolve({ rateLimit: { rps: 100 } }, { rateLimit: false }, { rateLimit: { rps: 5 } }).rateLimits,
    ).toMatchObject([{ scope: '/ws' }])
  })

  it('takes origins, timeout and manner of denial from the innermost layer', () => {
    const outer: SecurityOptions = { allowedOrigins: '*', handshakeTimeout: 5_000, denial: 'close' }
    expect(resolve(outer, {}, {})).toMatchObject({ origin: { kind: 'any' }, handshakeTimeout: 5_000, denial: 'close' })
    const inner: SecurityOptions = { allowedOrigins: [], handshakeTimeout: 1_000, denial: 'http' }
    expect(resolve(outer, {}, inner)).toMatchObject({ origin: { kind: 'list', entries: [] }, handshakeTimeout: 1_000 })
  })

  it.each([
    [undefined, false, 'allow'],
    [undefined, true, 'deny-with-cookies'],
    [true, false, 'deny'],
    [false, true, 'allow'],
  ])('OR-06 requireOrigin %s, cookie auth %s: %s', (requireOrigin, readsCookies, missingOrigin) => {
    const options = requireOrigin === undefined ? {} : { requireOrigin }
    expect(resolve({ auth: [backend('jwt', { readsCookies })] }, {}, options).missingOrigin).toBe(missingOrigin)
  })

  it('counts wrong credentials in the scope that limits them', () => {
    expect(resolve({ authFailureLimit: { rps: 1, burst: 9 } }, {}, {}).authFailureLimit).toMatchObject({
      scope: 'auth-failures app',
      value: { rps: 1, burst: 9 },
    })
    expect(resolve({ authFailureLimit: { rps: 1 } }, { authFailureLimit: false }, {}).authFailureLimit).toBeNull()
  })

  it('is frozen, and apart from what it was made of', () => {
    const guards = [a]
    const policy = resolve({ guards })
    guards.pop()
    expect(policy.guards.flat()).toEqual([a])
    expect(Object.isFrozen(policy)).toBe(true)
    expect(() => (policy.guards as Guard[][])[0]?.push(b)).toThrow(TypeError)
  })

  it.each([
    ['auth', 'jwt'],
    ['auth', [{}]],
    ['auth', [{ name: 'x', authenticate: () => ({}) }]],
    ['auth', [undefined]],
    ['guards', {}],
    ['guards', [() => true]],
    ['guards', [undefined]],
    ['allowedOrigins', 'https://example.com'],
    ['allowedOrigins', ['https://*.com']],
    ['requireOrigin', 'yes'],
    ['rateLimit', 5],
    ['rateLimit', true],
    ['rateLimit', { rps: 0 }],
    ['authFailureLimit', { rps: 5, burst: 0 }],
    ['maxConnections', 0],
    ['maxConnections', 1.5],
    ['maxConnections', '5'],
    ['maxConnectionsPerUser', 0],
    ['maxConnectionsPerUser', { max: 0 }],
    ['maxConnectionsPerUser', { max: 1, policy: 'oldest-wins' }],
    ['maxConnectionsPerUser', { max: 1, polcy: 'deny' }],
    ['maxConnectionsPerUser', null],
    ['handshakeTimeout', 0],
    ['handshakeTimeout', Infinity],
    ['handshakeTimeout', '10s'],
    ['denial', 'tcp-reset'],
  ])('GD-08 refuses a wrong %s and names it: %j', (name, value) => {
    expect(() => resolve({ [name]: value } as SecurityOptions)).toThrow(
      expect.objectContaining({ name: 'SluiceError', message: expect.stringContaining(name) }),
    )
  })
})
