import type { AuthContext } from '@sluice/core/ports'

/** What a ticket stands for, as plain JSON. */
export interface Ticket extends Omit<AuthContext, 'permissions'> {
  readonly permissions: readonly string[]
  /** The only website that may use it; `null` for any. */
  readonly origin: string | null
  /** When it is void, in milliseconds since the Unix epoch. */
  readonly validUntil: number
}

/** Keeps tickets until they are redeemed. Several processes need one that they share. */
export interface TicketStore {
  /** @param lifetime milliseconds after which it may be forgotten */
  save(id: string, ticket: Ticket, lifetime: number): void | Promise<void>
  /** Takes a ticket out, in one step: of two who come with the same one, one gets it. */
  take(id: string): Ticket | undefined | Promise<Ticket | undefined>
}

/** Tickets in this process: a bounded number of them. */
export class MemoryTicketStore implements TicketStore {
  readonly #capacity: number
  readonly #tickets = new Map<string, Ticket>()

  constructor(capacity = 100_000) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#tickets.size
  }

  save(id: string, ticket: Ticket): void {
    if (this.#tickets.size >= this.#capacity) this.#forgetOldest()
    this.#tickets.set(id, ticket)
  }

  take(id: string): Ticket | undefined {
    const ticket = this.#tickets.get(id)
    this.#tickets.delete(id)
    return ticket
  }

  /** A tenth at a time, so that it is rare. Tickets live for seconds: the oldest are void or will soon be. */
  #forgetOldest(): void {
    let excess = Math.ceil(this.#capacity / 10)
    for (const id of this.#tickets.keys()) {
      if (excess-- === 0) break
      this.#tickets.delete(id)
    }
  }
}
