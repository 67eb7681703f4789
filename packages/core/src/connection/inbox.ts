/** One received message: a string is text, bytes are binary. */
export type Received = string | Buffer

/** What the inbox holds back when it is full. */
export interface Gate {
  pause(reason: 'inbox'): void
  resume(reason: 'inbox'): void
}

/** Taken messages leave the array in runs: removing each from the front would copy the rest every time. */
const COMPACT_AFTER = 1_024

/** Messages that have arrived and that nobody has asked for yet, in order. A full inbox pauses reading until half is taken. */
export class Inbox {
  readonly #limit: { readonly messages: number; readonly bytes: number }
  readonly #gate: Gate
  readonly #messages: Received[] = []
  #head = 0
  #bytes = 0
  #paused = false

  constructor(limit: { readonly messages: number; readonly bytes: number }, gate: Gate) {
    this.#limit = limit
    this.#gate = gate
  }

  get size(): number {
    return this.#messages.length - this.#head
  }

  /** Text counts its UTF-16 length: the bound is on memory held, not on bytes of the wire. */
  push(message: Received): void {
    this.#messages.push(message)
    this.#bytes += message.length
    if (!this.#paused && (this.size >= this.#limit.messages || this.#bytes >= this.#limit.bytes)) {
      this.#paused = true
      this.#gate.pause('inbox')
    }
  }

  shift(): Received | undefined {
    if (this.#head === this.#messages.length) return undefined
    const message = this.#messages[this.#head] as Received
    this.#messages[this.#head++] = ''
    this.#bytes -= message.length
    if (this.#head === this.#messages.length || this.#head === COMPACT_AFTER) {
      this.#messages.splice(0, this.#head)
      this.#head = 0
    }
    this.#resumeAtHalf()
    return message
  }

  clear(): void {
    this.#messages.length = 0
    this.#head = 0
    this.#bytes = 0
    this.#resumeAtHalf()
  }

  #resumeAtHalf(): void {
    if (!this.#paused || this.size * 2 > this.#limit.messages || this.#bytes * 2 > this.#limit.bytes) return
    this.#paused = false
    this.#gate.resume('inbox')
  }
}
