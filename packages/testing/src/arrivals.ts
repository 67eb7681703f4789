import { within } from './real-time.ts'

/** What has arrived and nobody has taken yet, and receives that wait: first come, first served, both. */
export class Arrivals<T> {
  readonly #capacity: number
  readonly #unread: T[] = []
  readonly #waiting: PromiseWithResolvers<T>[] = []
  #ended: (() => Error) | null = null

  /** @param capacity how many are kept: the oldest give way */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** In order of arrival. */
  get unread(): readonly T[] {
    return this.#unread
  }

  push(value: T): void {
    const receive = this.#waiting.shift()
    if (receive !== undefined) receive.resolve(value)
    else if (this.#unread.push(value) > this.#capacity) this.#unread.shift()
  }

  /** Nothing follows. Every receive from now on that finds nothing fails with what `ended` makes. */
  end(ended: () => Error): void {
    this.#ended ??= ended
    for (const receive of this.#waiting.splice(0)) receive.reject(this.#ended())
  }

  /** @param giveUp makes the error for a receive that has waited `timeout` milliseconds in vain */
  async take(timeout: number, giveUp: () => Error): Promise<T> {
    if (this.#unread.length > 0) return this.#unread.shift() as T
    if (this.#ended !== null) throw this.#ended()
    const receive = Promise.withResolvers<T>()
    this.#waiting.push(receive)
    return within(timeout, receive.promise, () => {
      this.#waiting.splice(this.#waiting.indexOf(receive), 1)
      return giveUp()
    })
  }
}
