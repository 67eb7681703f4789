import { describe, expect, it, vi } from 'vitest'
import { MemoryRateStore } from '../../src/security/memory-rate-store.ts'
import { createPipeline, runPipeline } from '../../src/security/pipeline.ts'
import type { AuthBackend, Guard } from '../../src/security/ports.ts'
import type { SecurityOptions } from '../../src/security/security-options.ts'
import { resolveSecurityPolicy } from '../../src/security/security-policy.ts'
import { StageCompiler } from '../../src/security/stage-compiler.ts'
import { authContext, handshake, ManualClock, recordingLog, upgradeRequest } from './fixtures.ts'

const ADA: AuthBackend = {
  name: 'test',
  challenge: 'Bearer',
  authenticate: (request) =>
    request.headers.authorization === undefined ? { kind: 'none' } : { kind: 'ok', context: authContext() },
}

function setUp() {
  const clock = new ManualClock()
  let isDraining = false
  const compiler = new StageCompiler({
    clock,
    log: recordingLog(),
    rateStore: new MemoryRateStore(clock),
  })
  const pipelineOf = (app: SecurityOptions, route: SecurityOptions = {}, scope = '/ws') => {
    const layers = [
      { scope: 'app', options: app },
      { scope, options: route },
    ]
    return createPipeline(compiler.compile(resolveSecurityPolicy(layers), () => isDraining))
  }
  return { clock, pipelineOf, drain: () => (isDraining = true) }
}

function knock(headers: Record<string, string> = {}) {
  return handshake({ request: upgradeRequest({ headers }) })
}

describe('StageCompiler', () => {
  it('compiles only the stages that a route needs', () => {
    const { pipelineOf } = setUp()
    const names = (options: SecurityOptions) => pipelineOf(options).map((step) => step.name)
    expect(names({})).toEqual(['draining', 'origin'])
    expect(names({ rateLimit: { rps: 1 } })).toEqual(['draining', 'origin', 'rateLimit'])
    expect(names({ rateLimit: { rps: 1, key: 'user' } })).toEqual(['draining', 'origin', 'userRateLimit'])
    expect(names({ maxConnections: 1, auth: [ADA], maxConnectionsPerUser: 1 })).toEqual([
      'draining',
      'origin',
      'capacity',
      'authentication',
      'userCapacity',
    ])
  })

  it('OR-13 spends no token on a foreign origin', async () => {
    const { pipelineOf } = setUp()
    const pipeline = pipelineOf({ rateLimit: { rps: 1 } })
    for (let attempt = 0; attempt < 5; attempt++) {
      const outcome = await runPipeline(pipeline, knock({ origin: 'https://evil.example' }))
      expect(outcome).toMatchObject({ stage: 'origin' })
    }
    expect(await runPipeline(pipeline, knock())).toEqual({ kind: 'admitted' })
    expect(await runPipeline(pipeline, knock())).toMatchObject({ stage: 'rateLimit' })
  })

  it('shows no credentials of a rate-limited request to a backend', async () => {
    const authenticate = vi.fn(ADA.authenticate)
    const pipeline = setUp().pipelineOf({ rateLimit: { rps: 1 }, auth: [{ ...ADA, authenticate }] })
    await runPipeline(pipeline, knock())
    await runPipeline(pipeline, knock())
    expect(authenticate).toHaveBeenCalledOnce()
  })

  it('shares the caps of the app among its routes, and keeps those of the routes apart', async () => {
    const { pipelineOf } = setUp()
    const one = pipelineOf({ maxConnections: 3 }, { maxConnections: 2 }, '/one')
    const two = pipelineOf({ maxConnections: 3 }, { maxConnections: 2 }, '/two')
    const kinds: string[] = []
    for (const pipeline of [one, one, one, two, two]) kinds.push((await runPipeline(pipeline, knock())).kind)
    expect(kinds).toEqual(['admitted', 'admitted', 'denied', 'admitted', 'denied'])
  })

  it('limits by user after authentication, and by peer before it', async () => {
    const { pipelineOf } = setUp()
    const pipeline = pipelineOf(
      { rateLimit: { rps: 1, burst: 3 }, auth: [ADA] },
      { rateLimit: { rps: 1, burst: 1, key: 'user' } },
    )
    const ada = () => runPipeline(pipeline, knock({ authorization: 'x' }))
    expect(await ada()).toEqual({ kind: 'admitted' })
    expect(await ada()).toMatchObject({ stage: 'userRateLimit' })
    expect(await runPipeline(pipeline, knock())).toEqual({ kind: 'admitted' })
    expect(await runPipeline(pipeline, knock())).toMatchObject({ stage: 'rateLimit' })
  })

  it('GD-01 evaluates no guard after failed authentication', async () => {
    const check = vi.fn(() => true)
    const wrong: AuthBackend = { ...ADA, authenticate: () => ({ kind: 'invalid', reason: 'x' }) }
    const guard: Guard = { name: 'test', check }
    expect(await runPipeline(setUp().pipelineOf({ auth: [wrong], guards: [guard] }), knock())).toMatchObject({
      stage: 'authentication',
    })
    expect(check).not.toHaveBeenCalled()
  })

  it('HS-23 denies everything once the server is draining', async () => {
    const { pipelineOf, drain } = setUp()
    const pipeline = pipelineOf({ rateLimit: { rps: 1 } })
    drain()
    expect(await runPipeline(pipeline, knock({ origin: 'https://evil.example' }))).toMatchObject({
      stage: 'draining',
      denial: { status: 503, detail: 'Server is shutting down', headers: { 'Retry-After': '5' } },
    })
  })

  it('RL-12 slows guessing where the app asks for it', async () => {
    const wrong: AuthBackend = { ...ADA, authenticate: () => ({ kind: 'invalid', reason: 'x' }) }
    const pipeline = setUp().pipelineOf({ auth: [wrong], authFailureLimit: { rps: 1, burst: 2 } })
    const statuses: unknown[] = []
    for (let attempt = 0; attempt < 4; attempt++) {
      const outcome = await runPipeline(pipeline, knock())
      statuses.push(outcome.kind === 'denied' && outcome.denial.status)
    }
    expect(statuses).toEqual([401, 401, 429, 429])
  })
})
