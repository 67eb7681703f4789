import type { PreparedMessage } from '../connection/prepared-message.ts'

/** What a room asks of its members. Neither throws nor waits: one that is too slow is its own affair. */
export interface Member {
  publish(message: PreparedMessage): void
}

/** Connections that hear the same messages. */
export class Room<M extends Member> {
  readonly #members = new Set<M>()

  get size(): number {
    return this.#members.size
  }

  add(member: M): void {
    this.#members.add(member)
  }

  delete(member: M): void {
    this.#members.delete(member)
  }

  /** Sends one message to all members, framed once. @param except gets nothing */
  publish(message: PreparedMessage, except: M | null): void {
    for (const member of this.#members) {
      if (member !== except) member.publish(message)
    }
  }
}
