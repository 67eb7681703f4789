import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { jwtAuthentication } from '@sluice/auth'
import { type AllowedOrigins, HttpDenial } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { SECRET, tokenOf } from './support/credentials.ts'
import { type Gate, inBoth, knock, knocks, openGate, type Peer } from './support/gate.ts'

const HOME = 'https://app.example'
const EVIL = 'https://evil.example'

describe('in both transports, byte for byte', () => {
  it('OR-01 an unlisted origin is denied, cookie or not, and logged once in each window, cut', async () => {
    const long = `https://${'a.'.repeat(130)}example`
    const gate: Gate = { route: { allowedOrigins: [HOME] } }
    const { result } = await inBoth(gate, async (site) => {
      const answers = [
        await site.knock({ origin: long }),
        await site.knock({ origin: EVIL, cookies: { session: 'stolen' } }),
        await site.knock({ origin: EVIL }),
      ]
      const lines = linesOf(site.log)
      site.clock.advance(10_000)
      await site.knock({ origin: EVIL })
      return { answers, lines, later: linesOf(site.log).slice(lines.length) }
    })

    expect(new Set(result.answers.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(['403 {"detail":"Origin not allowed","code":"ERR_ORIGIN_NOT_ALLOWED"}']),
    )
    expect(result.lines).toEqual([
      { stage: 'origin', status: 403, route: '/ws', origin: `${long.slice(0, 256)}…`, suppressed: 0 },
    ])
    expect(result.later).toEqual([{ stage: 'origin', status: 403, route: '/ws', origin: EVIL, suppressed: 2 }])
  })

  it('OR-02 no suffix, prefix or trick of spelling passes for a listed origin', async () => {
    const tricks = [
      'https://evil-example.com',
      'https://example.com.evil.io',
      'https://examplexcom',
      'https://example.community',
      'https://example.com@evil.io',
      'https://evil.io#example.com',
      'https://evil.io/example.com',
      'https://evil.io?example.com',
      'https://example.com%2eevil.io',
      'https://example.com\\.evil.io',
      'https://example.com:443@evil.io',
      'https://example.com:444',
      'https://www.example.com',
      'https://example.com https://example.com',
      'example.com',
      '//example.com',
    ]
    expect(await deniedBy(['https://example.com'], tricks)).toEqual(tricks)
  })

  it('OR-03 a wildcard stands for whole labels, not for the bare host, another scheme or another port', async () => {
    const allowed = [
      'https://a.example.com',
      'https://a.b.example.com',
      'https://A.EXAMPLE.com',
      'https://x.example.com:443',
    ]
    const denied = [
      'https://example.com',
      'https://.example.com',
      'https://evil-example.com',
      'https://aexample.com',
      'https://a.example.com.evil.io',
      'https://a.example.comx',
      'http://a.example.com',
      'https://a.example.com:8443',
      'https://evil.io/.example.com',
      'https://evil.io#.example.com',
      'https://evil.io?.example.com',
      'https://user@a.example.com',
    ]
    expect(await deniedBy(['https://*.example.com'], [...allowed, ...denied])).toEqual(denied)
  })

  it('OR-04 a RegExp must match the whole origin, whatever its flags, and keeps no state', async () => {
    const patterns = [/https:\/\/a\.com/, /https:\/\/[a-z]+\.org/g]
    const allowed = ['https://a.com', 'https://b.org', 'https://b.org', 'https://b.org']
    const denied = ['https://a.com.evil', 'https://evil.com/https://a.com', 'https://b.org.evil', 'http://a.com']
    expect(await deniedBy(patterns, [...allowed, ...denied])).toEqual(denied)
    expect(await deniedBy([/.*/], [`https://${'a'.repeat(5_000)}.com`, 'null'])).toHaveLength(2)
  })

  it('OR-05 null is denied unless it is listed by name, which is warned of', async () => {
    expect(await deniedBy([HOME], ['null'])).toEqual(['null'])
    const { result } = await inBoth({ route: { allowedOrigins: [HOME, 'null'] } }, async (site) => {
      const { status } = await site.knock({ origin: 'null' })
      return { status, warned: site.log.some((line) => line.includes('SLUICE_WARN_NULL_ORIGIN')) }
    })
    expect(result).toEqual({ status: 101, warned: true })
  })

  it('OR-06 a missing origin is no website, unless the app says so, or a cookie is a credential and came along', async () => {
    const cookie: Peer = { cookies: { session: tokenOf({ sub: 'ada' }) } }
    const auth = [jwtAuthentication({ secret: SECRET, sources: [{ cookie: 'session' }] })]
    const statuses = async (route: Gate['route'] = {}) =>
      (await knocks({ route: { allowedOrigins: [HOME], ...route } }, [{}, cookie, { ...cookie, origin: HOME }])).map(
        ({ status }) => status,
      )
    expect(await statuses()).toEqual([101, 101, 101])
    expect(await statuses({ requireOrigin: true })).toEqual([403, 403, 101])
    expect(await statuses({ auth })).toEqual([101, 403, 101])
    expect(await statuses({ auth, requireOrigin: false })).toEqual([101, 101, 101])
  })

  it('OR-07 case and the default port do not matter; a path, a slash, a dot and another spelling of the host do', async () => {
    const allowed = [
      'https://example.com',
      'HTTPS://example.com',
      'https://EXAMPLE.com',
      'https://example.com:443',
      'https://xn--bcher-kva.example',
      'http://localhost:3000',
      'http://[::1]:8080',
    ]
    const denied = [
      'https://example.com/',
      'https://example.com/path',
      'https://example.com.',
      'https://example.com:80',
      'https://example.com:',
      'https://example.com:0443',
      'https://example.com:65536',
      'http://localhost',
      'http://localhost:3001',
      'http://[::2]:8080',
      'https://b%C3%BCcher.example',
    ]
    const listed = ['https://Example.com', 'https://bücher.example', 'http://localhost:3000', 'http://[::1]:8080']
    expect(await deniedBy(listed, [...allowed, ...denied])).toEqual(denied)
  })

  it('OR-08 http does not pass for https', async () => {
    expect(await deniedBy(['https://example.com'], ['http://example.com', 'http://example.com:443'])).toHaveLength(2)
  })

  it('OR-14 without a word about origins, the own one may come and no other', async () => {
    const answers = await knocks({}, [
      { origin: EVIL },
      { origin: 'http://localhost' },
      { origin: 'https://localhost' },
      { origin: 'http://localhost:81' },
      { origin: 'null' },
    ])
    expect(answers.map(({ status }) => status)).toEqual([403, 101, 403, 403, 403])
    expect((await knock({ route: { allowedOrigins: '*' } }, { origin: EVIL })).status).toBe(101)
    expect((await knock({ route: { allowedOrigins: [] } }, { origin: 'http://localhost' })).status).toBe(403)
  })

  it.each([
    ['throws', () => fail(new Error('secret')), 500],
    ['rejects', () => Promise.reject(new Error('secret')), 500],
    ['throws a status', () => fail(new HttpDenial(451, 'Not here')), 451],
    ['answers 1', () => 1 as never, 403],
    ['answers a text', () => 'true' as never, 403],
    ['answers later with an object', () => Promise.resolve({} as never), 403],
    ['answers nothing', () => undefined as never, 403],
  ] as const)('OR-15 a function that %s lets nobody in', async (_name, allowedOrigins, status) => {
    const answer = await knock({ route: { allowedOrigins } }, { origin: HOME })
    expect(answer.status).toBe(status)
    expect(answer.body).not.toContain('secret')
  })

  it('OR-15 a function that never answers lets nobody in', async () => {
    const gate: Gate = { route: { allowedOrigins: () => new Promise<never>(() => {}) } }
    const { result } = await inBoth(gate, async (site) => {
      const answer = site.knock({ origin: HOME })
      await site.clock.timer(10_000)
      site.clock.advance(10_000)
      return answer
    })
    expect(result).toMatchObject({ status: 503, body: expect.stringContaining('Handshake timed out') })
  })
})

describe('over a socket', () => {
  it.each([
    ['two headers', [HOME, HOME], 403],
    ['two headers, one of them foreign', [HOME, EVIL], 403],
    ['a list with a comma', [`${HOME}, ${HOME}`], 403],
    ['a list with a blank', [`${HOME} ${HOME}`], 403],
    ['an empty one', [''], 403],
    ['a blank one', [' '], 403],
    ['10 KB', [`https://${'a'.repeat(10_000)}.example`], 403],
    ['a NUL', [`${HOME}\0`], 400],
    ['bytes beyond ASCII', [`${HOME}\xff`], 403],
  ])('OR-09 denies what is not one origin, even where any may come: %s', async (_name, origins, status) => {
    const site = await openGate({ route: { allowedOrigins: '*' } })
    const request = upgradeRequest({ add: origins.map((origin) => ['Origin', origin]) })
    expect(await site.exchange(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(site.calls).not.toContain('handler')
  })

  describe('OR-10 the own origin behind a proxy', () => {
    const forwarded: Peer = {
      origin: 'https://app.example',
      headers: { 'x-forwarded-host': 'app.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' },
    }
    const trusting: Gate = { server: { trustProxy: '127.0.0.9' } }

    it('is what a trusted proxy says', async () => {
      const site = await openGate(trusting)
      expect((await site.knock({ ...forwarded, remoteAddress: '127.0.0.9' })).status).toBe(101)
      expect((await site.knock({ ...forwarded, remoteAddress: '127.0.0.9', origin: EVIL })).status).toBe(403)
    })

    it('is not what anybody else says', async () => {
      for (const gate of [trusting, {}]) {
        const site = await openGate(gate)
        expect((await site.knock(forwarded)).status).toBe(403)
      }
    })
  })

  it.each([
    ['evil.example:8080', 'http://evil.example:8080', 403],
    ['localhost.evil.example', 'http://localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 'http://127.0.0.1.evil.example', 403],
    ['localhost:8080', 'http://localhost:8080', 101],
    ['app.localhost:8080', 'http://app.localhost:8080', 101],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080', 101],
    ['[::1]:8080', 'http://[::1]:8080', 101],
  ])('OR-11 a name that was pointed at this machine is not its own: Host %s', async (host, origin, status) => {
    const site = await openGate({})
    expect((await site.knock({ origin, headers: { host } })).status).toBe(status)
  })

  it('OR-13 thousands of foreign origins cost neither memory nor log', async () => {
    const site = await openGate({ route: { rateLimit: { rps: 1 } } })
    let lines = 0
    const flood = async (count: number) => {
      for (let done = 0; done < count; done += 20) {
        await Promise.all(Array.from({ length: 20 }, () => site.exchange(upgradeRequest({ add: [['Origin', EVIL]] }))))
        lines += linesOf(site.log).length
        site.log.length = 0
        site.calls.length = 0
      }
      return collectedHeap()
    }
    const growth = -(await flood(500)) + (await flood(2_000))

    expect(growth).toBeLessThan(1_000_000)
    expect(lines).toBe(1)
    expect((await site.knock()).status).toBe(101)
  })
})

/** Which of some origins are denied, each knocking once. */
async function deniedBy(allowedOrigins: AllowedOrigins, origins: readonly string[]): Promise<string[]> {
  const answers = await knocks(
    { route: { allowedOrigins } },
    origins.map((origin) => ({ origin })),
  )
  return origins.filter((_, index) => answers[index]?.status === 403)
}

/** What the log says of denied handshakes. */
function linesOf(log: readonly string[]): object[] {
  return log
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'WebSocket handshake denied')
    .map(({ stage, status, route, origin, suppressed }) => ({ stage, status, route, origin, suppressed }))
}

function fail(error: Error): never {
  throw error
}

function collectedHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
