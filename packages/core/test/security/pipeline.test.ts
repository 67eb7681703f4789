import { describe, expect, it } from 'vitest'
import { HttpDenial } from '../../src/errors.ts'
import { createDenial, DenialError } from '../../src/security/denial.ts'
import { createPipeline, runPipeline, runStages, STAGES_AFTER_AUTHENTICATION } from '../../src/security/pipeline.ts'
import {
  denied,
  type Lease,
  PASSED,
  STAGE_ORDER,
  type Stage,
  type StageName,
  type Verdict,
} from '../../src/security/stage.ts'
import { handshake, ManualClock } from './fixtures.ts'

const FORBIDDEN = denied(createDenial('ERR_PERMISSION_DENIED'))

function countingLease(): Lease & { releases: number } {
  return {
    releases: 0,
    release() {
      this.releases++
    },
  }
}

describe('the order of the stages', () => {
  it('is that of the manual', () => {
    expect(STAGE_ORDER).toEqual([
      'draining',
      'origin',
      'rateLimit',
      'capacity',
      'authentication',
      'userRateLimit',
      'userCapacity',
      'guards',
      'coercion',
      'subprotocol',
      'dependencies',
    ])
  })

  it('does not depend on the order in which the stages are given', () => {
    const calls: StageName[] = []
    const stages: Partial<Record<StageName, Stage>> = {}
    for (const name of [...STAGE_ORDER].reverse()) {
      stages[name] = () => {
        calls.push(name)
        return PASSED
      }
    }
    expect(runPipeline(createPipeline(stages), handshake())).toEqual({ kind: 'admitted' })
    expect(calls).toEqual(STAGE_ORDER)
  })

  it.each(STAGE_ORDER)('runs nothing after %s has denied', async (name) => {
    const calls: StageName[] = []
    const stages: Partial<Record<StageName, Stage>> = {}
    for (const each of STAGE_ORDER) {
      stages[each] = async () => {
        calls.push(each)
        return each === name ? FORBIDDEN : PASSED
      }
    }
    const outcome = await runPipeline(createPipeline(stages), handshake())
    expect(outcome).toMatchObject({ kind: 'denied', stage: name, denial: { status: 403 } })
    expect(calls).toEqual(STAGE_ORDER.slice(0, STAGE_ORDER.indexOf(name) + 1))
  })

  it('holds only the stages that the route needs', () => {
    const pipeline = createPipeline({ guards: () => PASSED, origin: () => PASSED, capacity: undefined })
    expect(pipeline.map((step) => step.name)).toEqual(['origin', 'guards'])
  })
})

describe('runPipeline', () => {
  it('makes no promise and no timer while every stage answers at once', () => {
    const clock = new ManualClock()
    const pipeline = createPipeline({ origin: () => PASSED, guards: () => PASSED })
    expect(runPipeline(pipeline, handshake({ clock }))).not.toBeInstanceOf(Promise)
    expect(clock.timers).toBe(0)
  })

  it('waits for a stage and goes on', async () => {
    const pipeline = createPipeline({ origin: () => PASSED, authentication: async () => PASSED, guards: () => PASSED })
    const outcome = runPipeline(pipeline, handshake())
    expect(outcome).toBeInstanceOf(Promise)
    expect(await outcome).toEqual({ kind: 'admitted' })
  })

  it.each([
    ['anything', () => Promise.reject(new Error('db password')), 500, 'Internal server error'],
    ['null', () => Promise.reject(null), 500, 'Internal server error'],
    ['an HttpDenial', () => Promise.reject(new HttpDenial(402, 'Pay first')), 402, 'Pay first'],
    ['a Fastify error', () => Promise.reject(Object.assign(new Error('gone'), { statusCode: 410 })), 410, 'gone'],
    [
      'an HTTP error of the server',
      () => Promise.reject(Object.assign(new Error('db'), { statusCode: 502 })),
      502,
      'Bad Gateway',
    ],
    [
      'a status that is none',
      () => Promise.reject(Object.assign(new Error('x'), { statusCode: 200 })),
      500,
      'Internal server error',
    ],
    ['a denial', () => Promise.reject(new DenialError(createDenial('ERR_INVALID_PARAMS'))), 422, 'Invalid parameters'],
  ])('GD-03 denies when a stage throws %s', async (_name, fail, status, detail) => {
    const sync = (): Verdict => {
      throw new Error('sync')
    }
    const outcome = await runPipeline(createPipeline({ guards: fail }), handshake())
    expect(outcome).toMatchObject({ kind: 'denied', denial: { status, detail } })
    expect(runPipeline(createPipeline({ guards: sync }), handshake())).toMatchObject({ denial: { status: 500 } })
  })

  it('HS-12 denies with 503 once the time is up, and gives the leases back', async () => {
    const clock = new ManualClock()
    const lease = countingLease()
    const pipeline = createPipeline({
      capacity: (context) => {
        context.hold(lease)
        return PASSED
      },
      authentication: () => new Promise<Verdict>(() => {}),
      guards: () => {
        throw new Error('not reached')
      },
    })
    const outcome = runPipeline(pipeline, handshake({ clock, timeout: 10_000 }))
    clock.advance(9_999)
    expect(lease.releases).toBe(0)
    clock.advance(1)
    expect(await outcome).toMatchObject({
      kind: 'denied',
      stage: 'authentication',
      denial: { code: 'ERR_HANDSHAKE_TIMEOUT' },
    })
    expect(lease.releases).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it('HS-12 counts the time from the start of the handshake, over all stages', async () => {
    const clock = new ManualClock()
    let answerOrigin = (_verdict: Verdict): void => {}
    const pipeline = createPipeline({
      origin: () => new Promise<Verdict>((resolve) => (answerOrigin = resolve)),
      authentication: () => new Promise<Verdict>(() => {}),
    })
    const outcome = runPipeline(pipeline, handshake({ clock, timeout: 1_000 }))
    clock.advance(900)
    answerOrigin(PASSED)
    await Promise.resolve()
    clock.advance(100)
    expect(await outcome).toMatchObject({ denial: { code: 'ERR_HANDSHAKE_TIMEOUT' } })
  })

  it.each(STAGE_ORDER)('HS-13 abandons everything when the peer goes during %s', async (name) => {
    const calls: StageName[] = []
    const early = countingLease()
    const late = countingLease()
    let answer = (): void => {}
    const stages: Partial<Record<StageName, Stage>> = {}
    for (const each of STAGE_ORDER) {
      stages[each] = (context) => {
        calls.push(each)
        if (each !== name) return PASSED
        context.hold(early)
        return new Promise((resolve) => {
          answer = () => {
            context.hold(late)
            resolve(PASSED)
          }
        })
      }
    }
    const peer = handshake()
    const outcome = runPipeline(createPipeline(stages), peer)
    peer.abort()
    expect(await outcome).toEqual({ kind: 'aborted', stage: name })
    expect(early.releases).toBe(1)
    answer()
    expect(late.releases).toBe(1)
    expect(calls.at(-1)).toBe(name)
  })

  it('HS-13 survives a stage that rejects after the peer has gone', async () => {
    const peer = handshake()
    let fail = (_error: Error): void => {}
    const pipeline = createPipeline({ guards: () => new Promise<Verdict>((_, reject) => (fail = reject)) })
    const outcome = runPipeline(pipeline, peer)
    peer.abort()
    fail(new Error('too late'))
    expect(await outcome).toEqual({ kind: 'aborted', stage: 'guards' })
  })

  it('HS-13 notices a peer that goes in the turn in which the stage answers', async () => {
    const peer = handshake()
    let hasRunGuards = false
    const pipeline = createPipeline({
      authentication: async () => PASSED,
      guards: () => {
        hasRunGuards = true
        return PASSED
      },
    })
    const outcome = runPipeline(pipeline, peer)
    queueMicrotask(() => peer.abort())
    expect(await outcome).toMatchObject({ kind: 'aborted' })
    expect(hasRunGuards).toBe(false)
  })
})

describe('leases', () => {
  it('HS-22 come back exactly once, however often the end is reported', () => {
    const peer = handshake()
    const lease = countingLease()
    peer.hold(lease)
    peer.deny()
    peer.end()
    peer.end()
    expect(lease.releases).toBe(1)
  })

  it('stay with an open connection that is denied afterwards, until it has closed', () => {
    const peer = handshake()
    const lease = countingLease()
    peer.hold(lease)
    peer.open(() => {})
    peer.deny()
    expect(lease.releases).toBe(0)
    peer.end()
    expect(lease.releases).toBe(1)
  })

  it('are confirmed by the open connection, early and late ones alike', () => {
    const peer = handshake()
    const confirmed: unknown[] = []
    const lease: Lease = { release() {}, confirm: (supersede) => void confirmed.push(supersede) }
    const supersede = () => {}
    peer.hold(lease)
    peer.open(supersede)
    peer.hold(lease)
    expect(confirmed).toEqual([supersede, supersede])
  })
})

describe('authentication by the first message', () => {
  it('AU-23 leaves out what needs it, and runs that afterwards', async () => {
    const calls: string[] = []
    const stage =
      (name: string): Stage =>
      () => {
        calls.push(name)
        return PASSED
      }
    const pipeline = createPipeline({
      authentication: (context) => {
        context.awaitsFirstMessage = true
        return PASSED
      },
      userRateLimit: stage('userRateLimit'),
      userCapacity: stage('userCapacity'),
      guards: async () => FORBIDDEN,
      subprotocol: stage('subprotocol'),
    })
    const peer = handshake()
    expect(runPipeline(pipeline, peer)).toEqual({ kind: 'admitted' })
    expect(calls).toEqual(['subprotocol'])

    peer.open(() => {})
    peer.awaitsFirstMessage = false
    const outcome = await runStages(pipeline, STAGES_AFTER_AUTHENTICATION, peer)
    expect(calls).toEqual(['subprotocol', 'userRateLimit', 'userCapacity'])
    expect(outcome).toMatchObject({ kind: 'denied', stage: 'guards' })
  })
})

describe('params', () => {
  it('are read once, and only when asked for', () => {
    let reads = 0
    const peer = handshake({ readParams: () => ({ reads: ++reads }) })
    expect(reads).toBe(0)
    expect([peer.params, peer.params]).toEqual([{ reads: 1 }, { reads: 1 }])
  })
})
