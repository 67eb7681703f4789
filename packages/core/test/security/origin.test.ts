import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOriginStage } from '../../src/security/origin.ts'
import { type AllowedOrigins, resolveOriginPolicy } from '../../src/security/origin-policy.ts'
import type { UpgradeRequest } from '../../src/security/ports.ts'
import { handshake, handshakeFrom, upgradeRequest } from './fixtures.ts'

/** Whether a route with these `allowedOrigins` lets a request with this `Origin` pass. */
async function allows(
  allowed: AllowedOrigins,
  origin: string | undefined,
  request: Partial<UpgradeRequest> = {},
): Promise<boolean> {
  const verdict = await createOriginStage(resolveOriginPolicy(allowed), 'allow')(handshakeFrom(origin, request))
  return verdict.ok
}

describe('allowedOrigins: a list', () => {
  it('OR-01 denies an unlisted origin with 403', async () => {
    const stage = createOriginStage(resolveOriginPolicy(['https://example.com']), 'allow')
    const verdict = await stage(handshakeFrom('https://evil.example', { headers: { cookie: 'session=1' } }))
    expect(verdict).toMatchObject({
      ok: false,
      denial: { status: 403, code: 'ERR_ORIGIN_NOT_ALLOWED', detail: 'Origin not allowed' },
    })
  })

  it.each([
    'https://evil-example.com',
    'https://example.com.evil.io',
    'https://examplexcom',
    'https://example.community',
    'https://example.com@evil.io',
    'https://evil.io#example.com',
    'https://evil.io/example.com',
    'https://example.com%2eevil.io',
    'https://example.com\\.evil.io',
    'https://evil.io?example.com',
    'https://example.com:443@evil.io',
    'https://example.com\u0000.evil.io',
  ])('OR-02 is not tricked by %j', async (origin) => {
    expect(await allows(['https://example.com'], origin)).toBe(false)
  })

  it.each([
    ['https://example.com', 'HTTPS://EXAMPLE.COM', true],
    ['https://example.com', 'https://Example.com', true],
    ['https://example.com', 'https://example.com:443', true],
    ['https://example.com:443', 'https://example.com', true],
    ['http://example.com', 'http://example.com:80', true],
    ['https://example.com', 'https://example.com:80', false],
    ['https://example.com', 'https://example.com:8443', false],
    ['https://example.com:8443', 'https://example.com:8443', true],
    ['https://example.com:8443', 'https://example.com', false],
    ['https://example.com', 'https://example.com:0443', false],
    ['https://example.com', 'https://example.com:', false],
    ['https://example.com', 'https://example.com/', false],
    ['https://example.com', 'https://example.com/path', false],
    ['https://example.com', 'https://example.com.', false],
    ['https://example.com', 'https://.example.com', false],
    ['https://example.com', ' https://example.com', false],
    ['https://bücher.example', 'https://xn--bcher-kva.example', true],
    ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example', true],
    ['https://bücher.example', 'https://bücher.example', false],
    ['https://[::1]:3000', 'https://[::1]:3000', true],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef', true],
    ['chrome-extension://abcdef', 'chrome-extension://abcdeg', false],
  ])('OR-07 %s listed, %s sent: %s', async (listed, sent, isAllowed) => {
    expect(await allows([listed], sent)).toBe(isAllowed)
  })

  it('OR-08 does not let http pass for https', async () => {
    expect(await allows(['https://example.com'], 'http://example.com')).toBe(false)
  })

  it.each([
    'https://example.com, https://evil.example',
    'https://example.com https://evil.example',
    '',
    `https://${'a'.repeat(10_000)}.com`,
    'https://example.com\u0000',
    'example.com',
    'https://',
    '://example.com',
  ])('OR-09 denies what is not one origin, even where any origin may come', async (origin) => {
    expect(await allows(['https://example.com'], origin)).toBe(false)
    expect(await allows('*', origin)).toBe(false)
  })

  it('denies every present origin when the list is empty', async () => {
    expect(await allows([], 'https://example.com')).toBe(false)
    expect(await allows([], undefined)).toBe(true)
  })

  it("knows the word 'same-origin' in a list", async () => {
    expect(await allows(['same-origin', 'https://app.example'], 'https://example.com')).toBe(true)
    expect(await allows(['same-origin', 'https://app.example'], 'https://app.example')).toBe(true)
    expect(await allows(['same-origin', 'https://app.example'], 'https://other.example')).toBe(false)
  })

  it('OR-05 denies null unless it is listed by name', async () => {
    expect(await allows(['https://example.com'], 'null')).toBe(false)
    expect(await allows('same-origin', 'null', { host: 'null' })).toBe(false)
    expect(await allows([/.*/], 'null')).toBe(false)
    expect(await allows(['null'], 'null')).toBe(true)
    expect(await allows('*', 'null')).toBe(true)
  })

  it.each([
    'https://example.com/',
    'https://example.com/path',
    'example.com',
    'https://exa mple.com',
    'https://user@example.com',
    'https://*',
    'https://example.*',
    'https://*example.com',
    'https://a*.example.com',
    'https://a.*.example.com',
    'https://*.*.example.com',
    'https://*.com',
    'https://*.[::1]',
    '*.example.com',
    '*',
    42,
    null,
  ])('OR-03 refuses %j when the app starts, and names the option', (entry) => {
    expect(() => resolveOriginPolicy([entry])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('allowedOrigins') }),
    )
  })
})

describe('allowedOrigins: wildcards', () => {
  it.each([
    ['https://*.example.com', 'https://a.example.com', true],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://A.EXAMPLE.com', true],
    ['https://*.example.com', 'https://a.example.com:443', true],
    ['https://*.example.com', 'https://xn--bcher-kva.example.com', true],
    ['https://*.example.com', 'https://a-b.example.com', true],
    ['https://*.example.com', 'https://a_b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://.example.com', false],
    ['https://*.example.com', 'https://a..example.com', false],
    ['https://*.example.com', 'https://evil-example.com', false],
    ['https://*.example.com', 'https://evilexample.com', false],
    ['https://*.example.com', 'http://a.example.com', false],
    ['https://*.example.com', 'wss://a.example.com', false],
    ['https://*.example.com', 'https://a.example.com:8443', false],
    ['https://*.example.com', 'https://a.example.com.', false],
    ['https://*.example.com', 'https://a.example.com/', false],
    ['https://*.example.com', 'https://a.example.com.evil.io', false],
    ['https://*.example.com', 'https://evil.io/.example.com', false],
    ['https://*.example.com', 'https://evil.io#.example.com', false],
    ['https://*.example.com', 'https://evil.io?.example.com', false],
    ['https://*.example.com', 'https://evil.io\\.example.com', false],
    ['https://*.example.com', 'https://user@a.example.com', false],
    ['https://*.example.com', 'https://a:b@c.example.com', false],
    ['https://*.example.com', 'https://a b.example.com', false],
    ['https://*.example.com', 'https://*.example.com', false],
    ['https://*.example.com', 'https://a%2eb.example.com', false],
    ['https://*.example.com', 'https://[::1].example.com', false],
    ['https://*.example.com', 'https://bücher.example.com', false],
    ['https://*.example.com', 'https://a.example.com, https://b.example.com', false],
    ['https://*.example.com', 'null', false],
    ['https://*.example.com:8443', 'https://a.example.com:8443', true],
    ['https://*.example.com:8443', 'https://a.example.com', false],
    ['https://*.example.com:8443', 'https://a.example.com:443', false],
    ['https://*.example.com:443', 'https://a.example.com', true],
    ['http://*.example.com', 'http://a.example.com:80', true],
    ['http://*.example.com', 'https://a.example.com', false],
    ['http://*.localhost:3000', 'http://tenant.localhost:3000', true],
    ['http://*.localhost:3000', 'http://localhost:3000', false],
    ['https://*.bücher.example', 'https://a.xn--bcher-kva.example', true],
    ['HTTPS://*.EXAMPLE.com', 'https://a.example.com', true],
  ])('OR-03 %s listed, %s sent: %s', async (listed, sent, isAllowed) => {
    expect(await allows([listed], sent)).toBe(isAllowed)
  })

  it('OR-03 matches generated hosts only on a label boundary', async () => {
    const policy = resolveOriginPolicy(['https://*.example.com'])
    const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/)
    const anything = fc.string({ maxLength: 12 })
    const host = fc.oneof(
      fc.array(label, { maxLength: 4 }).map((labels) => [...labels, 'example', 'com'].join('.')),
      fc.tuple(anything, fc.constantFrom('example.com', '.example.com')).map((parts) => parts.join('')),
      anything,
    )
    const stage = createOriginStage(policy, 'allow')
    await fc.assert(
      fc.asyncProperty(host, async (name) => {
        const verdict = await stage(handshakeFrom(`https://${name}`))
        const isBelow = /^(?:[a-z0-9_-]+\.)+example\.com(?::443)?$/i.test(name)
        expect(verdict.ok).toBe(isBelow)
      }),
    )
  })
})

describe('allowedOrigins: regular expressions', () => {
  it.each([
    [/https:\/\/a\.com/, 'https://a.com', true],
    [/https:\/\/a\.com/, 'https://a.com.evil', false],
    [/https:\/\/a\.com/, 'https://b.com:1', false],
    [/a\.com/, 'https://a.com', false],
    [/^https:\/\/a\.com|b/m, 'https://a.com.evil', false],
    [/https:\/\/(a|b)\.com/i, 'https://B.com', true],
  ])('OR-04 %s must match the whole of %s', async (pattern, origin, isAllowed) => {
    expect(await allows([pattern], origin)).toBe(isAllowed)
  })

  it('OR-04 keeps no state between requests', async () => {
    const stage = createOriginStage(resolveOriginPolicy([/https:\/\/a\.com/g, /https:\/\/b\.com/y]), 'allow')
    for (const origin of ['https://a.com', 'https://a.com', 'https://b.com', 'https://b.com']) {
      expect((await stage(handshakeFrom(origin))).ok).toBe(true)
    }
  })
})

describe('allowedOrigins: same-origin', () => {
  it.each([
    ['https://example.com', 'https', 'example.com', true],
    ['https://example.com', 'https', 'EXAMPLE.com:443', true],
    ['https://example.com:8443', 'https', 'example.com:8443', true],
    ['http://example.com', 'http', 'example.com:80', true],
    ['https://example.com', 'http', 'example.com', false],
    ['http://example.com', 'https', 'example.com', false],
    ['https://example.com', 'https', 'example.com:8443', false],
    ['https://evil.example', 'https', 'example.com', false],
    ['https://example.com', 'https', '', false],
  ] as const)('OR-14 %s to %s://%s: %s', async (origin, protocol, host, isAllowed) => {
    expect(await allows('same-origin', origin, { protocol, host })).toBe(isAllowed)
  })

  it('OR-10 looks at the host that trustProxy decided, never at X-Forwarded-Host', async () => {
    const forged = { host: 'example.com', headers: { 'x-forwarded-host': 'evil.example' } }
    expect(await allows('same-origin', 'https://evil.example', forged)).toBe(false)
    expect(await allows('same-origin', 'https://example.com', { ...forged, host: 'evil.example' })).toBe(false)
  })

  it.each([
    ['127.0.0.1', 'evil.example:3000', false],
    ['::1', 'evil.example:3000', false],
    ['::ffff:127.0.0.1', 'evil.example:3000', false],
    ['127.0.0.1', 'localhost.evil.example:3000', false],
    ['127.0.0.1', 'localhost:3000', true],
    ['127.0.0.1', 'app.localhost:3000', true],
    ['127.0.0.1', '127.0.0.1:3000', true],
    ['::1', '[::1]:3000', true],
    ['192.0.2.1', 'example.com:3000', true],
  ])('OR-11 from %s under the name %s: %s', async (ip, host, isAllowed) => {
    expect(await allows('same-origin', `http://${host}`, { protocol: 'http', ip, host })).toBe(isAllowed)
  })
})

describe('a missing Origin', () => {
  it.each([
    ['allow', {}, true],
    ['allow', { cookie: 'session=1' }, true],
    ['deny', {}, false],
    ['deny-with-cookies', {}, true],
    ['deny-with-cookies', { cookie: 'session=1' }, false],
  ] as const)('OR-06 %s, headers %j: %s', async (missingOrigin, headers, isAllowed) => {
    const stage = createOriginStage(resolveOriginPolicy('same-origin'), missingOrigin)
    const verdict = await stage(handshakeFrom(undefined, { headers }))
    expect(verdict.ok).toBe(isAllowed)
  })
})

describe("allowedOrigins: 'cors'", () => {
  it.each([
    ['https://app.example', 'https://app.example', true],
    ['*', 'https://app.example', true],
    ['https://app.example', 'https://other.example', false],
    [undefined, 'https://app.example', false],
  ])('@fastify/cors answered %s to %s: %s', async (corsOrigin, origin, isAllowed) => {
    const request = upgradeRequest({ headers: { origin } })
    const verdict = await createOriginStage(resolveOriginPolicy('cors'), 'allow')(handshake({ request, corsOrigin }))
    expect(verdict.ok).toBe(isAllowed)
  })
})

describe('allowedOrigins: a function', () => {
  it('gets the origin in one spelling, and the request', async () => {
    const calls: unknown[] = []
    const allowed = (origin: string, request: UpgradeRequest) => calls.push([origin, request.url]) > 0
    expect(await allows(allowed, 'HTTPS://Example.com:443')).toBe(true)
    expect(calls).toEqual([['https://example.com', '/ws/chat']])
  })

  it.each([1, 'yes', {}, [], undefined, null, Promise.resolve(1), Promise.resolve('true')])(
    'OR-15 takes nothing but true for a yes: %j',
    async (answer) => {
      expect(await allows((() => answer) as never, 'https://example.com')).toBe(false)
    },
  )

  it('may answer later', async () => {
    expect(await allows(async (origin) => origin === 'https://example.com', 'https://example.com')).toBe(true)
    expect(await allows(async () => false, 'https://example.com')).toBe(false)
  })
})

describe('the origin stage', () => {
  it('OR-13 answers at once and allocates no answer for a foreign origin', () => {
    const stage = createOriginStage(resolveOriginPolicy(['https://example.com']), 'allow')
    const first = stage(handshakeFrom('https://evil.example'))
    expect(first).not.toBeInstanceOf(Promise)
    expect(stage(handshakeFrom('https://other.example'))).toBe(first)
  })

  it.each([42, true, {}, null, undefined, 'https://example.com'])('refuses %j as allowedOrigins', (given) => {
    expect(() => resolveOriginPolicy(given)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})
