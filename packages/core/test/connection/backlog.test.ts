import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backlog } from '../../src/connection/backlog.ts'
import { PreparedMessage } from '../../src/connection/prepared-message.ts'

const message = (payload: string, key?: string) => new PreparedMessage(payload, { key })

/** Everything that waits, oldest first. */
function empty(backlog: Backlog): unknown[] {
  const taken: unknown[] = []
  for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) taken.push(next.payload)
  return taken
}

describe('Backlog', () => {
  it('gives messages in the order in which they came, and counts their frames', () => {
    const backlog = new Backlog()
    for (const text of ['a', 'é', 'x'.repeat(126), 'y'.repeat(65_536)]) backlog.push(message(text))
    expect(backlog.bytes).toBe(3 + 4 + 130 + 65_546)
    expect(empty(backlog)).toHaveLength(4)
    expect([backlog.bytes, backlog.size]).toEqual([0, 0])
  })

  it('puts a message in the place of the one with its key', () => {
    const backlog = new Backlog()
    for (const [text, key] of [['a1', 'a'], ['plain'], ['b1', 'b']] as const) backlog.push(message(text, key))
    backlog.replace(message('a2 is longer', 'a') as never)
    expect(backlog.find('a')?.payload).toBe('a2 is longer')
    expect(backlog.find('c')).toBeUndefined()
    expect(empty(backlog)).toEqual(['a2 is longer', 'plain', 'b1'])
    expect(backlog.find('a')).toBeUndefined()
  })

  it('BP-04 agrees with a plain list, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('push' as const),
        key: fc.option(fc.constantFrom('a', 'b', '__proto__'), { nil: undefined }),
      }),
      fc.record({ do: fc.constant('shift' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000, size: 'max' }), (steps) => {
        const backlog = new Backlog()
        const model: PreparedMessage[] = []
        for (const [index, given] of steps.entries()) {
          if (given.do === 'shift') {
            expect(backlog.shift()).toBe(model.shift())
          } else {
            const next = message('x'.repeat(index % 7), given.key)
            const at = given.key === undefined ? -1 : model.findIndex(({ key }) => key === given.key)
            expect(given.key === undefined ? undefined : backlog.find(given.key)).toBe(model[at])
            if (at < 0) backlog.push(next)
            else backlog.replace(next as never)
            model.splice(at < 0 ? model.length : at, at < 0 ? 0 : 1, next)
          }
          expect(backlog.size).toBe(model.length)
          expect(backlog.bytes).toBe(model.reduce((sum, { frameLength }) => sum + frameLength, 0))
        }
      }),
      { numRuns: 50 },
    )
  })
})
