import { type Clock, systemClock } from '@sluice/core/ports'

/** Knows which tokens were revoked before their time. */
export interface RevocationStore {
  /** @param jti the token's id (RFC 7519, 4.1.7) */
  isRevoked(jti: string): boolean | Promise<boolean>
}

/** Revoked tokens in this process. They are forgotten once they have expired. */
export class MemoryRevocationStore implements RevocationStore {
  readonly #clock: Pick<Clock, 'wallTime'>
  readonly #expiries = new Map<string, number>()

  /** @param clock that of the app. @default Node's */
  constructor(clock: Pick<Clock, 'wallTime'> = systemClock) {
    this.#clock = clock
  }

  /** @param expiresAt when the token ends by itself, in milliseconds since the Unix epoch */
  revoke(jti: string, expiresAt: number): void {
    const now = this.#clock.wallTime()
    for (const [revoked, expiry] of this.#expiries) {
      if (expiry + LONGEST_LEEWAY < now) this.#expiries.delete(revoked)
    }
    this.#expiries.set(jti, expiresAt)
  }

  isRevoked(jti: string): boolean {
    return this.#expiries.has(jti)
  }
}

/** A token may be accepted for this long after it has expired. */
const LONGEST_LEEWAY = 60_000
