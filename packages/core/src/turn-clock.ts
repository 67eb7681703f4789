import type { Clock } from './clock.ts'

/** The time of the present turn of the event loop. It is read once, for however many messages that come in one chunk. */
export class TurnClock {
  readonly #clock: Clock
  readonly #onTurnEnd = () => this.#forget()
  #now = 0
  #isRead = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    if (!this.#isRead) {
      this.#now = this.#clock.now()
      this.#isRead = true
      process.nextTick(this.#onTurnEnd)
    }
    return this.#now
  }

  #forget(): void {
    this.#isRead = false
  }
}

const turnClocks = new WeakMap<Clock, TurnClock>()

/** The one that all connections of this clock share. */
export function turnClockOf(clock: Clock): TurnClock {
  const turnClock = turnClocks.get(clock) ?? new TurnClock(clock)
  turnClocks.set(clock, turnClock)
  return turnClock
}
