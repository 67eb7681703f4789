import type { Clock, Timer } from '../../src/clock.ts'

interface PendingTimer {
  readonly delay: number
  readonly due: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #now = 0
  readonly #timers = new Set<PendingTimer>()
  readonly #waiting = new Set<() => void>()

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return Date.UTC(2026, 0, 1) + this.#now
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = { delay, due: this.#now + delay, callback }
    this.#timers.add(timer)
    for (const wake of this.#waiting) wake()
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** The delays of the timers that wait, shortest first. */
  get delays(): readonly number[] {
    return Array.from(this.#timers, ({ delay }) => delay).sort((a, b) => a - b)
  }

  /** Resolves when a timer with this delay waits. */
  async timer(delay: number): Promise<void> {
    while (!this.delays.includes(delay)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      await promise
      this.#waiting.delete(resolve)
    }
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.callback()
    }
    this.#now = end
  }

  #nextDue(end: number): PendingTimer | undefined {
    return Array.from(this.#timers)
      .filter(({ due }) => due <= end)
      .sort((a, b) => a.due - b.due)[0]
  }
}
