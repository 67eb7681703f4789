import type { Clock } from '../clock.ts'

/** Thins out what could be written by the thousand: once a window for each key, with the number of those left out. */
export class Sampler {
  readonly #clock: Clock
  readonly #window: number
  readonly #entries = new Map<string, { since: number; suppressed: number }>()

  /** @param window milliseconds */
  constructor(clock: Clock, window = 10_000) {
    this.#clock = clock
    this.#window = window
  }

  /** The number of those left out since the last one of this key, or `undefined` when this one is to be left out too. */
  sample(key: string): number | undefined {
    const now = this.#clock.now()
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      if (this.#entries.size >= MOST_KEYS) this.#entries.clear()
      this.#entries.set(key, { since: now, suppressed: 0 })
      return 0
    }
    if (now - entry.since < this.#window) {
      entry.suppressed++
      return undefined
    }
    const { suppressed } = entry
    entry.since = now
    entry.suppressed = 0
    return suppressed
  }
}

/** Keys are made of routes and stages, of which an app has few. */
const MOST_KEYS = 10_000
