import timers from 'node:timers'

/** Node's own timers, taken before a test can put fake ones in their place: waiting for a server takes real time. */
const { setTimeout, clearTimeout, setImmediate } = timers
const now = performance.now.bind(performance)

/** Monotonic milliseconds of real time. */
export function realTime(): number {
  return now()
}

/** Waits for a promise, but no longer than `timeout` milliseconds; then rejects with what `giveUp` makes. */
export function within<T>(timeout: number, promise: Promise<T>, giveUp: () => Error): Promise<T> {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(giveUp()), timeout)
  return Promise.race([promise, limit.promise]).finally(() => clearTimeout(timer))
}

/** Calls back in the next turn of the event loop, when what is in hand now has been done. */
export function inNextTurn(callback: () => void): void {
  setImmediate(callback)
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn)
}

/** Calls back after `delay` milliseconds unless it is stopped. Does not keep the process alive. */
export function after(delay: number, callback: () => void): { refresh(): void; stop(): void } {
  const timer = setTimeout(callback, delay).unref()
  return { refresh: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}
