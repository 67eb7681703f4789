import type { Clock, Timer } from '../../src/clock.ts'
import type { Log } from '../../src/log.ts'
import { Handshake, type HandshakeInput } from '../../src/security/handshake.ts'
import type { AuthContext, UpgradeRequest } from '../../src/security/ports.ts'

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 1_000
  #wallTime = Date.UTC(2026, 0, 1)
  readonly #timers = new Set<{ due: number; callback: () => void }>()

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#wallTime
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = { due: this.#now + delay, callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  get timers(): number {
    return this.#timers.size
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#moveTo(Math.max(next.due, this.#now))
      next.callback()
    }
    this.#moveTo(end)
  }

  /** What an administrator or NTP does. */
  setWallTime(wallTime: number): void {
    this.#wallTime = wallTime
  }

  #moveTo(now: number): void {
    this.#wallTime += now - this.#now
    this.#now = now
  }
}

export interface LogLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  return { lines, error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') }
}

export function upgradeRequest(overrides: Partial<UpgradeRequest> = {}): UpgradeRequest {
  return {
    method: 'GET',
    url: '/ws/chat',
    headers: {},
    ip: '192.0.2.1',
    host: 'example.com',
    protocol: 'https',
    raw: { rawHeaders: [] },
    ...overrides,
  }
}

export function handshake(overrides: Partial<HandshakeInput> = {}): Handshake {
  return new Handshake({
    request: upgradeRequest(),
    route: '/ws/chat',
    readParams: () => ({}),
    clock: new ManualClock(),
    timeout: 10_000,
    ...overrides,
  })
}

/** A handshake whose peer sends this `Origin`. */
export function handshakeFrom(origin: string | undefined, request: Partial<UpgradeRequest> = {}): Handshake {
  const headers = origin === undefined ? {} : { origin }
  return handshake({ request: upgradeRequest({ ...request, headers: { ...headers, ...request.headers } }) })
}

export function authContext(overrides: Partial<AuthContext> = {}): AuthContext {
  return {
    userId: 'ada',
    permissions: new Set(),
    isStaff: false,
    isSuperuser: false,
    claims: {},
    backend: 'test',
    ...overrides,
  }
}
