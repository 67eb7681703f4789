import type { Clock, Timer } from '../clock.ts'

/** Who may be in the middle of a message. */
export interface MessageReader {
  /** The message that was begun has taken too long. */
  messageOnLate(): void
}

/** When the messages that have begun must be whole, for all connections with one limit: they share one timer. */
export class MessageDeadlines {
  readonly #clock: Clock
  readonly #timeout: number
  /** In the order in which they are due. */
  readonly #deadlines = new Map<MessageReader, number>()
  #timer: Timer | null = null

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock
    this.#timeout = timeout
  }

  /** A message has begun: another than the one before, if there was one. */
  begin(reader: MessageReader): void {
    this.#deadlines.delete(reader)
    this.#deadlines.set(reader, this.#clock.now() + this.#timeout)
    this.#timer ??= this.#clock.setTimeout(() => this.#sweep(), this.#timeout)
  }

  /** The message is whole, or will never be. */
  end(reader: MessageReader): void {
    this.#deadlines.delete(reader)
    if (this.#deadlines.size > 0) return
    this.#timer?.cancel()
    this.#timer = null
  }

  #sweep(): void {
    const now = this.#clock.now()
    // What is told may begin and end others.
    for (const reader of this.#lateAt(now)) if (this.#deadlines.delete(reader)) reader.messageOnLate()
    const [next] = this.#deadlines.values()
    this.#timer?.cancel()
    this.#timer = next === undefined ? null : this.#clock.setTimeout(() => this.#sweep(), next - now)
  }

  #lateAt(now: number): MessageReader[] {
    const late: MessageReader[] = []
    for (const [reader, deadline] of this.#deadlines) {
      if (deadline > now) break
      late.push(reader)
    }
    return late
  }
}

const known = new WeakMap<Clock, Map<number, MessageDeadlines>>()

/** The deadlines of all connections with this limit. */
export function deadlinesOf(clock: Clock, timeout: number): MessageDeadlines {
  const byTimeout = known.get(clock) ?? new Map<number, MessageDeadlines>()
  known.set(clock, byTimeout)
  const deadlines = byTimeout.get(timeout) ?? new MessageDeadlines(clock, timeout)
  byTimeout.set(timeout, deadlines)
  return deadlines
}
