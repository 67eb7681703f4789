import type { Clock, Timer } from '../clock.ts'

export interface ExpiryOptions {
  readonly clock: Clock
  /** `AuthContext.expiresAt`. */
  readonly expiresAt: number
  /** Milliseconds beyond it, for the client to refresh. */
  readonly grace: number
  /** Milliseconds over which connections that expire together are spread. @default 1_000 */
  readonly spread?: number
  readonly onExpired: () => void
}

/** Calls back when credentials have expired and their grace is over, by the wall clock that tokens are written by. */
export function watchExpiry({ clock, expiresAt, grace, spread = 1_000, onExpired }: ExpiryOptions): Timer {
  const deadline = expiresAt + grace + Math.random() * spread
  let timer: Timer

  const arm = () => {
    const remaining = Math.max(0, deadline - clock.wallTime())
    timer = clock.setTimeout(check, Math.min(remaining, LONGEST_STEP))
  }
  const check = () => {
    if (clock.wallTime() >= deadline) onExpired()
    else arm()
  }

  arm()
  return { cancel: () => timer.cancel() }
}

/** The wall clock may be set while we wait: look at it every hour. It also keeps any timer in its range. */
const LONGEST_STEP = 3_600_000
