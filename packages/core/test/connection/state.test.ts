import { describe, expect, it } from 'vitest'
import { type ConnectionEvent, type ConnectionState, transition } from '../../src/connection/state.ts'

const STATES = ['connecting', 'open', 'closing', 'closed'] as const
const EVENTS = ['accepted', 'denied', 'closeStarted', 'ended'] as const

/** Every move there is; any other throws. */
const MOVES: readonly (readonly [ConnectionState, ConnectionEvent, ConnectionState])[] = [
  ['connecting', 'accepted', 'open'],
  ['connecting', 'denied', 'closed'],
  ['connecting', 'ended', 'closed'],
  ['open', 'closeStarted', 'closing'],
  ['open', 'ended', 'closed'],
  ['closing', 'closeStarted', 'closing'],
  ['closing', 'ended', 'closed'],
]

describe('transition', () => {
  for (const from of STATES) {
    for (const event of EVENTS) {
      const to = MOVES.find((move) => move[0] === from && move[1] === event)?.[2]
      it(`${from}, ${event}: ${to ?? 'is refused'}`, () => {
        if (to !== undefined) expect(transition(from, event)).toBe(to)
        else expect(() => transition(from, event)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
      })
    }
  }
})
