import { describe, expect, it, vi } from 'vitest'
import { createAuthenticationStage } from '../../src/security/authentication.ts'
import { MemoryRateStore } from '../../src/security/memory-rate-store.ts'
import { createPipeline, runPipeline } from '../../src/security/pipeline.ts'
import type { AuthBackend, Authentication } from '../../src/security/ports.ts'
import { createKeyOf } from '../../src/security/rate-key.ts'
import { RateLimiter } from '../../src/security/rate-limiter.ts'
import { PASSED } from '../../src/security/stage.ts'
import { authContext, handshake, ManualClock, recordingLog } from './fixtures.ts'

const NONE: Authentication = { kind: 'none' }
const WRONG: Authentication = { kind: 'invalid', reason: 'the signature is wrong' }
const PROVEN: Authentication = { kind: 'ok', context: authContext() }

function backend(authenticate: AuthBackend['authenticate'], overrides: Partial<AuthBackend> = {}): AuthBackend {
  return { name: 'test', challenge: 'Bearer', authenticate, ...overrides }
}

function run(backends: readonly AuthBackend[], peer = handshake()) {
  const authentication = createAuthenticationStage(backends, new ManualClock())
  return runPipeline(createPipeline({ authentication }), peer)
}

const LATER = (answer: Authentication) => backend(async () => answer)
const NOW = (answer: Authentication) => backend(() => answer)

describe.each([
  ['at once', NOW],
  ['later', LATER],
])('backends that answer %s', (_name, answering) => {
  it.each([
    ['none, none', [NONE, NONE], 'admitted', null],
    ['none, proven', [NONE, PROVEN], 'admitted', 'ada'],
    ['proven, wrong', [PROVEN, WRONG], 'admitted', 'ada'],
    ['wrong, proven', [WRONG, PROVEN], 'admitted', 'ada'],
    ['wrong, none', [WRONG, NONE], 'denied', null],
    ['none, wrong', [NONE, WRONG], 'denied', null],
  ] as const)('AU-20 %s', async (_answers, answers, kind, userId) => {
    const peer = handshake()
    const outcome = await run(answers.map(answering), peer)
    expect(outcome.kind).toBe(kind)
    expect(peer.auth?.userId ?? null).toBe(userId)
  })

  it('AU-20 asks nobody after the first success', async () => {
    const second = vi.fn(() => PROVEN)
    await run([answering(PROVEN), backend(second)])
    expect(second).not.toHaveBeenCalled()
  })

  it('AU-01 denies with 401, all challenges, and nothing about the cause', async () => {
    const basic = { ...answering(WRONG), challenge: 'ApiKey' }
    expect(await run([answering(WRONG), answering(NONE), basic])).toMatchObject({
      kind: 'denied',
      stage: 'authentication',
      denial: {
        status: 401,
        code: 'ERR_NOT_AUTHENTICATED',
        detail: 'Authentication required',
        headers: { 'WWW-Authenticate': 'Bearer, ApiKey' },
      },
    })
  })
})

describe('a backend that misbehaves', () => {
  const stubs: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['returns undefined', () => undefined],
    ['returns null', () => null],
    ['returns true', () => true],
    ['returns a truthy string', () => 'ok'],
    ['resolves to undefined', async () => undefined],
    ['resolves to a truthy string', async () => 'ok'],
    ['returns an unknown kind', () => ({ kind: 'yes', context: authContext() })],
    ['proves without a context', () => ({ kind: 'ok' })],
    ['proves nobody in particular', () => ({ kind: 'ok', context: { ...authContext(), userId: undefined } })],
    ['proves an empty name', () => ({ kind: 'ok', context: { ...authContext(), userId: '' } })],
    ['proves a number', () => ({ kind: 'ok', context: { ...authContext(), userId: 7 } })],
    ['brings permissions that are no set', () => ({ kind: 'ok', context: { ...authContext(), permissions: ['a'] } })],
  ]

  it.each(stubs)('AU-19 %s: 503, and nobody is let in', async (_name, authenticate) => {
    const peer = handshake()
    const outcome = await run([backend(authenticate as never)], peer)
    expect(outcome).toMatchObject({ kind: 'denied', denial: { status: 503, code: 'ERR_UNAVAILABLE' } })
    expect(peer.auth).toBeNull()
  })

  it('AU-19 hangs: 503 when the time is up', async () => {
    const clock = new ManualClock()
    const outcome = run([backend(() => new Promise(() => {}))], handshake({ clock }))
    clock.advance(10_000)
    expect(await outcome).toMatchObject({ denial: { status: 503, code: 'ERR_HANDSHAKE_TIMEOUT' } })
  })
})

describe('the auth context', () => {
  it('AU-22 is frozen', async () => {
    const peer = handshake()
    await run([backend(() => ({ kind: 'ok', context: { ...authContext() } }))], peer)
    expect(Object.isFrozen(peer.auth)).toBe(true)
  })
})

describe('the first message', () => {
  it('AU-23 is waited for only when no credentials came with the request', async () => {
    const firstMessage = { timeout: 10_000 }
    const [anonymous, known] = [handshake(), handshake()]
    await run([backend(() => NONE, { firstMessage })], anonymous)
    await run([backend(() => PROVEN, { firstMessage })], known)
    expect([anonymous.awaitsFirstMessage, known.awaitsFirstMessage]).toEqual([true, false])
    expect(await run([backend(() => WRONG, { firstMessage })])).toMatchObject({ kind: 'denied' })
  })
})

describe('authFailureLimit', () => {
  function setUp(answer: () => Authentication | Promise<Authentication>) {
    const clock = new ManualClock()
    const limiter = new RateLimiter({
      store: new MemoryRateStore(clock),
      rate: { rps: 1, burst: 3 },
      scope: 'auth-failures',
      onStoreError: 'deny',
      clock,
      log: recordingLog(),
    })
    const authenticate = vi.fn(answer)
    const limit = { limiter, keyOf: createKeyOf('ip', 64) }
    const stage = createAuthenticationStage([backend(authenticate)], clock, limit)
    const attempt = async () => {
      const outcome = await runPipeline(createPipeline({ authentication: stage }), handshake())
      return outcome.kind === 'denied' ? outcome.denial.status : 101
    }
    return { clock, authenticate, attempt }
  }

  it('RL-12 stops looking at credentials after too many wrong ones, and soon looks again', async () => {
    let answer: Authentication = WRONG
    const { clock, authenticate, attempt } = setUp(() => answer)
    const statuses: number[] = []
    for (let index = 0; index < 1_000; index++) statuses.push(await attempt())
    expect(statuses.filter((status) => status === 401)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(997)
    expect(authenticate).toHaveBeenCalledTimes(3)
    answer = PROVEN
    expect(await attempt()).toBe(429)
    clock.advance(1_000)
    expect(await attempt()).toBe(101)
  })

  it('RL-12 counts neither the good nor the anonymous', async () => {
    for (const answer of [PROVEN, NONE]) {
      const { attempt } = setUp(() => answer)
      for (let index = 0; index < 20; index++) expect(await attempt()).toBe(101)
    }
  })

  it('RL-12 works with backends that answer later', async () => {
    const { attempt } = setUp(async () => WRONG)
    const statuses: number[] = []
    for (let index = 0; index < 5; index++) statuses.push(await attempt())
    expect(statuses).toEqual([401, 401, 401, 429, 429])
  })
})

describe('the authentication stage', () => {
  it('makes no promise when its backends make none', () => {
    expect(createAuthenticationStage([NOW(PROVEN)], new ManualClock())(handshake())).toBe(PASSED)
  })
})
