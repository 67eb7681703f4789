import { isPending } from '../is-pending.ts'
import type { Inbox, Received } from './inbox.ts'
import { SENT } from './sendable.ts'
import type { CloseEvent } from './transport.ts'

/** Whom messages are pushed to, in callback style. */
export interface Consumer {
  /** Takes one message. The next one waits until a returned promise has settled. */
  message(message: Received): unknown
  /** Takes one message as the bytes that it came in, at once. Without it, messages come by `message` alone. */
  bytes?(isText: boolean, bytes: Buffer, start: number, end: number): unknown
  /** Handles what it has gathered. */
  flush?(): unknown
  /** `message` threw or rejected. No further message follows. */
  failed(error: unknown): void
  /** The connection has ended and every message before the end was taken. Called once. */
  ended(event: CloseEvent): void
}

/** Pushes the messages of one connection to its consumer, one at a time: calls never overlap. */
export class Delivery {
  readonly #consumer: Consumer
  readonly #inbox: Inbox
  #busy = false
  #stopped = false
  #end: CloseEvent | null = null
  #onIdle: (() => void) | null = null

  constructor(consumer: Consumer, inbox: Inbox) {
    this.#consumer = consumer
    this.#inbox = inbox
  }

  /** A message is being handled. */
  get isBusy(): boolean {
    return this.#busy
  }

  /** Takes what waits in the inbox, until a message is still being handled or none is left. */
  run(): void {
    while (!this.#busy && !this.#stopped) {
      const message = this.#inbox.shift()
      if (message === undefined) break
      this.#handle(message)
    }
    if (!this.#busy) {
      this.#reportIdle()
      this.#reportEnd()
    }
  }

  /** Hands over a message that has just arrived. Answers false when it must wait in the inbox. */
  offer(message: Received): boolean {
    if (this.#busy || this.#inbox.size > 0) return false
    if (!this.#stopped) this.#handle(message)
    return true
  }

  /** The same for a message as the bytes that it came in. */
  offerBytes(isText: boolean, bytes: Buffer, start: number, end: number): boolean {
    if (this.#busy || this.#inbox.size > 0 || this.#consumer.bytes === undefined) return false
    if (this.#stopped) return true
    try {
      this.#handled(this.#consumer.bytes(isText, bytes, start, end))
    } catch (error) {
      this.#fail(error)
    }
    return true
  }

  /** No message is handled from now on. */
  stop(): void {
    this.#stopped = true
    this.#inbox.clear()
  }

  /** Calls back once everything that has arrived is handled. To be called once. */
  finish(onIdle: () => void): void {
    this.#onIdle = onIdle
    this.run()
  }

  end(event: CloseEvent): void {
    this.#end = event
    this.run()
  }

  #handle(message: Received): void {
    try {
      this.#handled(this.#consumer.message(message))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @param result what the consumer returned: a promise keeps the next message waiting */
  #handled(result: unknown): void {
    if (result === SENT || !isPending(result)) return
    this.#busy = true
    result.then(
      () => this.#settled(),
      (error: unknown) => {
        this.#fail(error)
        this.#settled()
      },
    )
  }

  #settled(): void {
    this.#busy = false
    this.run()
  }

  #fail(error: unknown): void {
    this.stop()
    this.#consumer.failed(error)
  }

  #reportIdle(): void {
    const onIdle = this.#onIdle
    if (onIdle === null) return
    this.#onIdle = null
    const flushed = this.#consumer.flush?.()
    if (isPending(flushed)) flushed.then(onIdle, onIdle)
    else onIdle()
  }

  #reportEnd(): void {
    const end = this.#end
    if (end === null) return
    this.#end = null
    this.#consumer.ended(end)
  }
}
