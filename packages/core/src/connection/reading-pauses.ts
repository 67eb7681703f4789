/** What can be told to stand still: a transport. */
export interface Readable {
  pause(): void
  resume(): void
}

/** Why reading may stand still. */
export type PauseReason = keyof typeof BITS

const BITS = { inbox: 1, rate: 2, shutdown: 4 } as const

/** Everything that keeps one connection from being read. It is read again when the last reason is gone. */
export class ReadingPauses {
  readonly #readable: Readable
  #reasons = 0

  constructor(readable: Readable) {
    this.#readable = readable
  }

  get isPaused(): boolean {
    return this.#reasons !== 0
  }

  /** A reason counts once, however often it is given. */
  pause(reason: PauseReason): void {
    const before = this.#reasons
    this.#reasons |= BITS[reason]
    if (before === 0) this.#readable.pause()
  }

  /** The reason is gone; without effect where it was none. */
  resume(reason: PauseReason): void {
    const before = this.#reasons
    this.#reasons &= ~BITS[reason]
    if (before !== 0 && this.#reasons === 0) this.#readable.resume()
  }
}
