import type { FastifyInstance } from 'fastify'
import type { Timer } from '../clock.ts'
import type { Consumer } from '../connection/delivery.ts'
import type { Received } from '../connection/inbox.ts'
import { SKIPPED, toDelivered } from '../connection/reading.ts'
import { SENT, type Sendable } from '../connection/sendable.ts'
import type { CloseEvent } from '../connection/transport.ts'
import { isPending } from '../is-pending.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import type { BatchAnswers, BatchCallbacks, BatchSettings } from './batch.ts'
import { endFailedConnection, type HandlerObserver, reportError } from './error-boundary.ts'

export interface BatchHandler {
  readonly batch: BatchSettings
  readonly callbacks: BatchCallbacks<ServerConnection, never>
}

/**
 * Gathers the messages of one connection into batches. While one is handled the next forms; once that is full, messages
 * wait in the inbox, which pauses reading.
 */
export class BatchConsumer implements Consumer {
  readonly #settings: BatchSettings
  readonly #callbacks: BatchCallbacks<ServerConnection, never>
  readonly #instance: FastifyInstance
  readonly #connection: ServerConnection
  readonly #observer: HandlerObserver
  #forming: unknown[] = []
  #formingBytes = 0
  #formingSince = 0
  /** What forms is to be handed over as soon as nothing runs. */
  #isDue = false
  #running: Promise<void> | null = null
  /** Resolves when a full batch has been taken, and there is room for the next message. */
  #room: PromiseWithResolvers<void> | null = null
  #timer: Timer | null = null
  #hasFailed = false

  constructor(
    { batch, callbacks }: BatchHandler,
    instance: FastifyInstance,
    connection: ServerConnection,
    observer: HandlerObserver,
  ) {
    this.#settings = batch
    this.#callbacks = callbacks
    this.#instance = instance
    this.#connection = connection
    this.#observer = observer
  }

  message(message: Received): unknown {
    if (this.#hasFailed) return undefined
    const delivered = toDelivered(message, this.#connection)
    if (delivered === SKIPPED) return undefined
    if (this.#forming.push(delivered) === 1) this.#begin()
    this.#formingBytes += message.length
    if (!this.#isFull) return undefined
    this.#flush()
    // It has been taken, unless one before it runs.
    if (!this.#isFull) return undefined
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  /** What was gathered before a message that cannot be taken is still handed over. */
  failed(error: unknown): void {
    this.#hasFailed = true
    endFailedConnection(this.#connection, error, this.#observer)
  }

  /** Hands over what has been gathered. Settles when it is handled. */
  async flush(): Promise<void> {
    this.#flush()
    while (this.#running !== null) await this.#running
  }

  async ended(event: CloseEvent): Promise<void> {
    await this.flush()
    this.#timer?.cancel()
    try {
      await this.#callbacks.onDisconnect?.call(this.#instance, this.#connection, event)
    } catch (error) {
      reportError(this.#connection, error, this.#observer)
    } finally {
      this.#observer.handlerOnEnd(this.#connection)
    }
  }

  get #isFull(): boolean {
    return this.#forming.length >= this.#settings.size || this.#formingBytes >= this.#settings.maxBytes
  }

  /** A timer that is left over from the batch before is moved on when it fires: most batches are full before. */
  #begin(): void {
    this.#formingSince = this.#connection.clock.now()
    if (this.#timer === null) this.#setTimer(this.#settings.timeout)
  }

  #setTimer(delay: number): void {
    this.#timer = this.#connection.clock.setTimeout(() => this.#timerOnFire(), delay)
  }

  #timerOnFire(): void {
    this.#timer = null
    if (this.#forming.length === 0 || this.#isDue) return
    const rest = this.#formingSince + this.#settings.timeout - this.#connection.clock.now()
    if (rest > 0) this.#setTimer(rest)
    else this.#flush()
  }

  /** Has what forms handed over: now, or behind what runs. */
  #flush(): void {
    this.#isDue = this.#forming.length > 0
    this.#runDue()
  }

  /** A handler that returns no promise costs none: what comes in one chunk would pass the inbox otherwise. */
  #runDue(): void {
    while (this.#isDue && this.#running === null) {
      const running = this.#run(this.#take())
      if (running !== SENT) this.#running = running.then(this.#settled, this.#rejected)
    }
  }

  readonly #settled = (): void => {
    this.#running = null
    this.#runDue()
  }

  readonly #rejected = (error: unknown): void => {
    this.#batchFailed(error)
    this.#settled()
  }

  #batchFailed(error: unknown): void {
    this.#take()
    this.failed(error)
  }

  #take(): unknown[] {
    const batch = this.#forming
    this.#forming = []
    this.#formingBytes = 0
    this.#isDue = false
    this.#room?.resolve()
    this.#room = null
    return batch
  }

  #run(batch: readonly unknown[]): Promise<void> {
    try {
      const answers = this.#callbacks.onBatch.call(this.#instance, this.#connection, batch as never)
      return isPending(answers) ? answers.then((resolved) => this.#answer(resolved)) : this.#answer(answers)
    } catch (error) {
      this.#batchFailed(error)
      return SENT
    }
  }

  /** All in one write, unless the peer reads too slowly for that. */
  // biome-ignore lint/suspicious/noConfusingVoidType: what a callback returns
  #answer(answers: void | BatchAnswers): Promise<void> {
    if (answers === undefined) return SENT
    for (const [index, answer] of answers.entries()) {
      if (this.#connection.state !== 'open') break
      const sent = this.#connection.send(dataOf(answer))
      if (sent !== SENT) return sent.then(() => this.#answer(answers.slice(index + 1)))
    }
    return SENT
  }
}

function dataOf(answer: BatchAnswers[number]): Sendable {
  return typeof answer === 'object' && 'data' in answer ? answer.data : answer
}
