import type { WebSocketMessage } from '@sluice/core'
import { within } from './real-time.ts'

/** Messages that have arrived, and receives that wait for one: first come, first served, both. */
export class MessageQueue {
  readonly #messages: WebSocketMessage[] = []
  readonly #waiting: PromiseWithResolvers<WebSocketMessage>[] = []
  #ended: (() => Error) | null = null

  push(message: WebSocketMessage): void {
    const receive = this.#waiting.shift()
    if (receive === undefined) this.#messages.push(message)
    else receive.resolve(message)
  }

  /** No message follows. Every receive from now on that finds no message fails with what `ended` makes. */
  end(ended: () => Error): void {
    this.#ended ??= ended
    for (const receive of this.#waiting.splice(0)) receive.reject(this.#ended())
  }

  /** @param giveUp makes the error for a receive that has waited `timeout` milliseconds in vain */
  async take(timeout: number, giveUp: () => Error): Promise<WebSocketMessage> {
    const message = this.#messages.shift()
    if (message !== undefined) return message
    if (this.#ended !== null) throw this.#ended()
    const receive = Promise.withResolvers<WebSocketMessage>()
    this.#waiting.push(receive)
    return within(timeout, receive.promise, () => {
      this.#waiting.splice(this.#waiting.indexOf(receive), 1)
      return giveUp()
    })
  }
}
