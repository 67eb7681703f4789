/** A timer that can still be stopped. */
export interface Timer {
  cancel(): void
}

/** Where Sluice takes the time from. Tests hand in a virtual one. */
export interface Clock {
  /** Monotonic milliseconds: never jumps with the wall clock. */
  now(): number
  /** Milliseconds since the Unix epoch, for token lifetimes and logs. */
  wallTime(): number
  /** Calls back once after `delay` milliseconds, of any length. Does not keep the process alive. */
  setTimeout(callback: () => void, delay: number): Timer
}

/** Node's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (callback, delay) => new SystemTimer(callback, delay),
}

/** Node fires a timer above this delay after one millisecond. */
const LONGEST_DELAY = 2 ** 31 - 1

class SystemTimer implements Timer {
  #timeout: NodeJS.Timeout

  constructor(callback: () => void, delay: number) {
    this.#timeout = this.#arm(callback, delay)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #arm(callback: () => void, delay: number): NodeJS.Timeout {
    const step = Math.min(delay, LONGEST_DELAY)
    const rest = delay - step
    return setTimeout(() => {
      if (rest > 0) this.#timeout = this.#arm(callback, rest)
      else callback()
    }, step).unref()
  }
}
