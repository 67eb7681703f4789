import type { PreparedMessage } from './prepared-message.ts'

/** Messages that left the array do so in runs: removing each from the front would copy the rest every time. */
const COMPACT_AFTER = 1_024

/** Messages that wait in front of a wire, in order, and that can still be dropped or replaced: no byte of them has left. */
export class Backlog {
  /** Bytes of all messages, framing included. */
  bytes = 0
  readonly #messages: (PreparedMessage | null)[] = []
  #head = 0
  /** How many have left: places are counted from the very first message. */
  #taken = 0
  /** Places by key. None while no message has one. */
  #places: Map<string, number> | null = null

  get size(): number {
    return this.#messages.length - this.#head
  }

  push(message: PreparedMessage): void {
    if (message.key !== undefined) {
      this.#places ??= new Map()
      this.#places.set(message.key, this.#taken + this.size)
    }
    this.#messages.push(message)
    this.bytes += message.frameLength
  }

  /** The message that waits with this key. */
  find(key: string): PreparedMessage | undefined {
    const place = this.#places?.get(key)
    return place === undefined ? undefined : (this.#messages[this.#indexOf(place)] as PreparedMessage)
  }

  /** Puts a message in the place of the one that waits with its key: a key that changes often must not fall behind for ever. */
  replace(message: PreparedMessage & { readonly key: string }): void {
    const index = this.#indexOf(this.#places?.get(message.key) as number)
    this.bytes += message.frameLength - (this.#messages[index] as PreparedMessage).frameLength
    this.#messages[index] = message
  }

  /** Takes the oldest. */
  shift(): PreparedMessage | undefined {
    const message = this.#messages[this.#head]
    if (message === undefined || message === null) return undefined
    if (message.key !== undefined && this.#places?.get(message.key) === this.#taken) this.#places.delete(message.key)
    this.bytes -= message.frameLength
    this.#messages[this.#head++] = null
    this.#taken++
    if (this.#head === this.#messages.length || this.#head === COMPACT_AFTER) {
      this.#messages.splice(0, this.#head)
      this.#head = 0
    }
    return message
  }

  #indexOf(place: number): number {
    return place - this.#taken + this.#head
  }
}
