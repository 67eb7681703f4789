import type { Lease } from './stage.ts'

/** What happens to a connection above the cap of its user: it is denied, or the oldest open one makes room. */
export type UserCapacityPolicy = 'deny' | 'newest-wins'

/** Counts the connections of each user under one `maxConnectionsPerUser`. */
export class UserSeats {
  readonly #max: number
  readonly #policy: UserCapacityPolicy
  readonly #seats = new Map<string, Set<Seat>>()

  constructor(max: number, policy: UserCapacityPolicy) {
    this.#max = max
    this.#policy = policy
  }

  /** Users with at least one connection. */
  get size(): number {
    return this.#seats.size
  }

  /** Takes a place for a user, or `undefined` when all are taken and none will be given up. */
  take(userId: string): Lease | undefined {
    const seats = this.#seats.get(userId) ?? new Set()
    if (this.#policy === 'deny' && seats.size >= this.#max) return undefined
    const seat: Seat = { supersede: undefined }
    this.#seats.set(userId, seats.add(seat))
    return {
      confirm: (supersede) => this.#open(seats, seat, supersede),
      release: () => this.#release(userId, seats, seat),
    }
  }

  /** Only a connection that is open takes another's place: one that is denied later has harmed nobody. */
  #open(seats: Set<Seat>, seat: Seat, supersede: () => void): void {
    seats.delete(seat)
    seats.add(seat)
    seat.supersede = supersede
    const open = [...seats].filter((each) => each.supersede !== undefined)
    for (const oldest of open.slice(0, Math.max(0, open.length - this.#max))) {
      seats.delete(oldest)
      oldest.supersede?.()
    }
  }

  #release(userId: string, seats: Set<Seat>, seat: Seat): void {
    seats.delete(seat)
    if (seats.size === 0 && this.#seats.get(userId) === seats) this.#seats.delete(userId)
  }
}

/** A place in the order in which the connections of a user opened. */
interface Seat {
  supersede: (() => void) | undefined
}
