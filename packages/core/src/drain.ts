import type { Clock, Timer } from './clock.ts'
import type { DrainSettings } from './drain-options.ts'
import type { Log } from './log.ts'
import type { ServerConnection } from './upgrade/server-connection.ts'

/** From the end of the timeout until whatever is left is cut: so long may a close frame take that comes with it. */
const LAST_GRACE = 1_000

export interface DrainServices {
  readonly clock: Clock
  readonly log: Log
}

/**
 * One graceful shutdown: connections are closed batch by batch, each once its handler has done what it was at. It is over when
 * every connection and every handler has ended, or when there is no more time.
 */
export class Drain {
  readonly #settings: DrainSettings
  readonly #clock: Clock
  readonly #log: Log
  /** Connections that have not ended, or whose handler has not. */
  readonly #left: Set<ServerConnection>
  readonly #ended = Promise.withResolvers<void>()
  readonly #outOfTime = Promise.withResolvers<void>()
  readonly #timers: Timer[] = []
  #hasBegun = false
  #isOutOfTime = false

  /** @param connections all that the drain is to end */
  constructor(settings: DrainSettings, { clock, log }: DrainServices, connections: Iterable<ServerConnection>) {
    this.#settings = settings
    this.#clock = clock
    this.#log = log
    this.#left = new Set(connections)
  }

  /** @param whenDisposed what is to be waited for after the handlers */
  async run(whenDisposed: () => Promise<void>): Promise<void> {
    if (this.#settings.delay > 0) this.#after(this.#settings.delay, () => this.#begin())
    else this.#begin()
    await Promise.race([this.#ended.promise.then(whenDisposed), this.#outOfTime.promise])
    for (const timer of this.#timers) timer.cancel()
  }

  /** A connection that was on its way when the drain began. */
  add(connection: ServerConnection): void {
    this.#left.add(connection)
    if (this.#hasBegun) connection.shutDown(this.#settings.code)
  }

  /** A connection and its handler have ended. */
  delete(connection: ServerConnection): void {
    if (this.#left.delete(connection)) this.#noteProgress()
  }

  #begin(): void {
    const { timeout, batchSize, interval } = this.#settings
    this.#hasBegun = true
    this.#after(timeout, () => this.#timeIsUp())
    const queue = [...this.#left]
    const mostBatches = Math.max(1, Math.floor(timeout / 2 / interval))
    this.#closeBatches(queue, Math.max(batchSize, Math.ceil(queue.length / mostBatches)))
    this.#noteProgress()
  }

  /** All at once would be one turn of seconds here, and as many handshakes at once wherever the clients go. */
  #closeBatches(queue: ServerConnection[], size: number): void {
    for (const connection of queue.splice(0, size)) connection.shutDown(this.#settings.code)
    if (queue.length > 0) this.#after(this.#settings.interval, () => this.#closeBatches(queue, size))
  }

  #timeIsUp(): void {
    for (const connection of this.#left) {
      if (connection.state === 'open') connection.shutDownNow(this.#settings.code)
      else connection.terminate()
    }
    this.#after(LAST_GRACE, () => this.#giveUp())
  }

  #giveUp(): void {
    this.#isOutOfTime = true
    for (const connection of this.#left) connection.terminate()
    if (this.#left.size > 0)
      this.#log.warn({ handlers: this.#left.size }, 'handlers did not end in the time of the drain')
    this.#noteProgress()
  }

  /** Out of time, only the streams that have just been cut are waited for. */
  #noteProgress(): void {
    if (this.#hasBegun && this.#left.size === 0) this.#ended.resolve()
    if (this.#isOutOfTime && this.#allClosed) this.#outOfTime.resolve()
  }

  get #allClosed(): boolean {
    for (const { state } of this.#left) if (state !== 'closed') return false
    return true
  }

  #after(delay: number, callback: () => void): void {
    this.#timers.push(this.#clock.setTimeout(callback, delay))
  }
}
