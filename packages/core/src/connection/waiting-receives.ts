import type { Clock, Timer } from '../clock.ts'
import { TimeoutError, type WebSocketDisconnect } from '../errors.ts'
import type { Received } from './inbox.ts'
import { type Reading, type ReadingPeer, SKIPPED } from './reading.ts'
import { quiet } from './sendable.ts'

export interface ReceiveOptions {
  /** Milliseconds after which the receive throws `TimeoutError`. @default none */
  readonly timeout?: number | undefined
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Receives that wait for a message: first come, first served. */
export class WaitingReceives {
  readonly #peer: ReadingPeer
  readonly #clock: Clock
  readonly #waiting: WaitingReceive<unknown>[] = []
  #disconnect: WebSocketDisconnect | null = null

  constructor(peer: ReadingPeer, clock: Clock) {
    this.#peer = peer
    this.#clock = clock
  }

  get size(): number {
    return this.#waiting.length
  }

  add<T>(reading: Reading<T>, options: ReceiveOptions | undefined): Promise<T> {
    const receive = new WaitingReceive(reading)
    this.#waiting.push(receive as WaitingReceive<unknown>)
    if (options !== undefined) this.#limit(receive as WaitingReceive<unknown>, options)
    return receive.promise
  }

  /** Gives a message to the one that has waited longest. Answers false when none waits. */
  offer(message: Received): boolean {
    // Out of the list while it settles: a message that it refuses may end the others, and it has an error of its own.
    const receive = this.#waiting.shift()
    if (receive === undefined) return false
    if (receive.settle(message, this.#peer)) return true
    if (this.#disconnect === null) this.#waiting.unshift(receive)
    else receive.end(this.#disconnect)
    return true
  }

  end(disconnect: WebSocketDisconnect): void {
    this.#disconnect = disconnect
    for (const receive of this.#waiting.splice(0)) receive.end(disconnect)
  }

  #limit(receive: WaitingReceive<unknown>, { timeout, signal }: ReceiveOptions): void {
    if (timeout !== undefined) {
      receive.timer = this.#clock.setTimeout(() => this.#giveUp(receive, new TimeoutError(timeout)), timeout)
    }
    if (signal !== undefined) {
      const giveUp = () => this.#giveUp(receive, signal.reason)
      if (signal.aborted) giveUp()
      else {
        signal.addEventListener('abort', giveUp, { once: true })
        receive.detach = () => signal.removeEventListener('abort', giveUp)
      }
    }
  }

  #giveUp(receive: WaitingReceive<unknown>, reason: unknown): void {
    this.#remove(receive)
    receive.fail(reason)
  }

  #remove(receive: WaitingReceive<unknown>): void {
    const index = this.#waiting.indexOf(receive)
    if (index >= 0) this.#waiting.splice(index, 1)
  }
}

class WaitingReceive<T> {
  readonly #reading: Reading<T>
  readonly #resolvers = Promise.withResolvers<T>()
  timer: Timer | null = null
  detach: (() => void) | null = null

  constructor(reading: Reading<T>) {
    this.#reading = reading
  }

  get promise(): Promise<T> {
    return this.#resolvers.promise
  }

  settle(message: Received, peer: ReadingPeer): boolean {
    try {
      const value = this.#reading.convert(message, peer)
      if (value === SKIPPED) return false
      this.#resolvers.resolve(value)
    } catch (error) {
      this.#reject(error)
    }
    this.#release()
    return true
  }

  end(disconnect: WebSocketDisconnect): void {
    try {
      this.#resolvers.resolve(this.#reading.atEnd(disconnect))
    } catch (error) {
      this.#reject(error)
    }
    this.#release()
  }

  fail(reason: unknown): void {
    this.#reject(reason)
    this.#release()
  }

  #reject(reason: unknown): void {
    void quiet(this.#resolvers.promise)
    this.#resolvers.reject(reason)
  }

  #release(): void {
    this.timer?.cancel()
    this.detach?.()
  }
}
