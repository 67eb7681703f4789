import { describe, expect, it, vi } from 'vitest'
import { ConnectionCounter, createCapacityStage } from '../../src/security/capacity.ts'
import type { Handshake } from '../../src/security/handshake.ts'
import { createPipeline, runPipeline } from '../../src/security/pipeline.ts'
import { PASSED, type Verdict } from '../../src/security/stage.ts'
import { createUserCapacityStage } from '../../src/security/user-capacity.ts'
import { UserSeats } from '../../src/security/user-seats.ts'
import { authContext, handshake } from './fixtures.ts'

function handshakeOf(userId: string | null): Handshake {
  const peer = handshake()
  peer.auth = authContext({ userId })
  return peer
}

describe('maxConnections', () => {
  it('HS-21 is exact under 1,000 simultaneous handshakes', async () => {
    const counter = new ConnectionCounter(100)
    const pipeline = createPipeline({
      rateLimit: async () => PASSED,
      capacity: createCapacityStage([counter]),
      authentication: async () => PASSED,
    })
    const peers = Array.from({ length: 1_000 }, () => handshake())
    const outcomes = await Promise.all(peers.map((peer) => runPipeline(pipeline, peer)))
    expect(outcomes.filter((outcome) => outcome.kind === 'admitted')).toHaveLength(100)
    expect(outcomes.find((outcome) => outcome.kind === 'denied')).toMatchObject({
      stage: 'capacity',
      denial: { status: 503, detail: 'Too many WebSocket connections', headers: { 'Retry-After': '5' } },
    })
    expect(counter.size).toBe(100)
    for (const peer of peers) peer.end()
    expect(counter.size).toBe(0)
  })

  it('HS-22 counts nothing that failed at a later stage', async () => {
    const counter = new ConnectionCounter(10_000)
    const failures: (() => Verdict | Promise<Verdict>)[] = [
      () => ({ ok: false, denial: { code: 'ERR_INTERNAL', status: 500, detail: '', headers: {} } }),
      () => {
        throw new Error('sync')
      },
      () => Promise.reject(new Error('async')),
    ]
    for (const name of ['authentication', 'userCapacity', 'guards', 'coercion', 'subprotocol'] as const) {
      for (const fail of failures) {
        const pipeline = createPipeline({ capacity: createCapacityStage([counter]), [name]: fail })
        for (let attempt = 0; attempt < 100; attempt++) await runPipeline(pipeline, handshake())
      }
    }
    expect(counter.size).toBe(0)
  })

  it('stands under every ceiling, and takes no place under one when another is full', () => {
    const app = new ConnectionCounter(10)
    const route = new ConnectionCounter(1)
    const pipeline = createPipeline({ capacity: createCapacityStage([app, route]) })
    expect(runPipeline(pipeline, handshake())).toMatchObject({ kind: 'admitted' })
    expect(runPipeline(pipeline, handshake())).toMatchObject({ kind: 'denied' })
    expect([app.size, route.size]).toEqual([1, 1])
  })
})

describe('maxConnectionsPerUser', () => {
  it('RL-11 denies the one above the cap, and has room again when one closes', () => {
    const seats = new UserSeats(3, 'deny')
    const pipeline = createPipeline({ userCapacity: createUserCapacityStage([seats]) })
    const peers = Array.from({ length: 3 }, () => handshakeOf('ada'))
    for (const peer of peers) expect(runPipeline(pipeline, peer)).toMatchObject({ kind: 'admitted' })
    expect(runPipeline(pipeline, handshakeOf('ada'))).toMatchObject({
      stage: 'userCapacity',
      denial: { status: 429, detail: 'Too many connections' },
    })
    expect(runPipeline(pipeline, handshakeOf('grace'))).toMatchObject({ kind: 'admitted' })
    peers[0]?.end()
    expect(runPipeline(pipeline, handshakeOf('ada'))).toMatchObject({ kind: 'admitted' })
  })

  it('RL-11 closes the oldest connection where the newest wins', () => {
    const seats = new UserSeats(2, 'newest-wins')
    const stage = createUserCapacityStage([seats])
    const closed: number[] = []
    const peers = [0, 1, 2, 3].map((index) => {
      const peer = handshakeOf('ada')
      expect(stage(peer)).toEqual(PASSED)
      peer.open(() => {
        closed.push(index)
        peer.end()
      })
      return peer
    })
    expect(closed).toEqual([0, 1])
    for (const peer of peers) peer.end()
    expect(seats.size).toBe(0)
  })

  it('RL-11 leaves the older connections alone when the newer one is denied after all', () => {
    const stage = createUserCapacityStage([new UserSeats(1, 'newest-wins')])
    const supersede = vi.fn()
    const older = handshakeOf('ada')
    stage(older)
    older.open(supersede)
    const newer = handshakeOf('ada')
    expect(stage(newer)).toEqual(PASSED)
    newer.deny()
    expect(supersede).not.toHaveBeenCalled()
  })

  it('RL-11 goes by the order in which connections opened, not in which they knocked', () => {
    const stage = createUserCapacityStage([new UserSeats(1, 'newest-wins')])
    const [slow, quick] = [handshakeOf('ada'), handshakeOf('ada')]
    const [closeSlow, closeQuick] = [vi.fn(), vi.fn()]
    stage(slow)
    stage(quick)
    quick.open(closeQuick)
    slow.open(closeSlow)
    expect(closeQuick).toHaveBeenCalledOnce()
    expect(closeSlow).not.toHaveBeenCalled()
  })

  it('does not count anonymous peers', () => {
    const seats = new UserSeats(1, 'deny')
    const stage = createUserCapacityStage([seats])
    for (const peer of [handshakeOf(null), handshake(), handshake()]) expect(stage(peer)).toEqual(PASSED)
    expect(seats.size).toBe(0)
  })

  it('knows users by the names of object prototypes', () => {
    const stage = createUserCapacityStage([new UserSeats(1, 'deny')])
    expect(stage(handshakeOf('__proto__'))).toEqual(PASSED)
    expect(stage(handshakeOf('__proto__'))).toMatchObject({ ok: false })
    expect(stage(handshakeOf('constructor'))).toEqual(PASSED)
  })
})
