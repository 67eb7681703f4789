import { describe, expect, it } from 'vitest'
import { JobLimiter } from '../../src/index.ts'

describe('JobLimiter', () => {
  it('CP-05 runs only so many at a time, in the order they came', () => {
    const limiter = new JobLimiter(2)
    const started: number[] = []
    const ends: (() => void)[] = []
    for (let job = 0; job < 5; job++) {
      limiter.run((done) => {
        started.push(job)
        ends.push(done)
      })
    }
    expect(started).toEqual([0, 1])
    ends[1]?.()
    expect(started).toEqual([0, 1, 2])
    ends[0]?.()
    ends[2]?.()
    expect(started).toEqual([0, 1, 2, 3, 4])
  })

  it('CP-05 starts a job only where it finds few enough at work, and none before it', () => {
    const limiter = new JobLimiter(3)
    const started: string[] = []
    const ends = new Map<string, () => void>()
    const add = (name: string, concurrency?: number) =>
      limiter.run((done) => {
        started.push(name)
        ends.set(name, done)
      }, concurrency)
    add('a')
    add('b')
    add('alone', 1)
    add('c')
    expect(started).toEqual(['a', 'b'])
    ends.get('a')?.()
    expect(started).toEqual(['a', 'b'])
    ends.get('b')?.()
    expect(started).toEqual(['a', 'b', 'alone', 'c'])
  })

  it('takes jobs that end before they return', () => {
    const limiter = new JobLimiter(1)
    const ran: number[] = []
    for (let job = 0; job < 3; job++) {
      limiter.run((done) => {
        ran.push(job)
        done()
      })
    }
    expect(ran).toEqual([0, 1, 2])
  })
})
