import { Alarm, type TimerQueue, timerQueueOf } from '../timer-queue.ts'
import { Backlog } from './backlog.ts'
import { handOver } from './hand-over.ts'
import { PreparedMessage, type SendOptions } from './prepared-message.ts'
import type { BudgetHolder } from './send-budget.ts'
import { byteLengthOf, quietResolvers } from './sendable.ts'
import type { SenderSettings, SendOutcome } from './sender.ts'
import { count } from './traffic.ts'
import type { Transport } from './transport.ts'

/** How much is queued to a peer that does not keep up. */
export interface BackpressureEvent {
  readonly bufferedAmount: number
}

/** What a peer has missed since `onBackpressure`. */
export interface DrainEvent {
  readonly dropped: number
  readonly conflated: number
}

/** The connection that is under pressure. */
export interface PressedConnection {
  /** More is queued than the high water mark allows. */
  pressureOnRise(event: BackpressureEvent): void
  /** The peer has caught up after that. */
  pressureOnFall(event: DrainEvent): void
  /** The peer is too slow to be kept. */
  pressureOnSlow(): void
}

/**
 * What a connection needs while its peer does not keep up: the policy for messages above the mark, who waits for them, and how
 * long the peer may stand still. It is made when bytes begin to wait, and gone when they have left.
 */
export class Pressure extends Alarm implements BudgetHolder {
  readonly #connection: PressedConnection
  readonly #transport: Transport
  readonly #settings: SenderSettings
  readonly #timers: TimerQueue
  /** With the policies that choose among messages, those that have not begun to leave. */
  readonly #backlog: Backlog | null
  #drained: PromiseWithResolvers<void> | null = null
  #isPending = false
  #isAbove = false
  #hasEnded = false
  #dropped = 0
  #conflated = 0

  constructor(connection: PressedConnection, transport: Transport, settings: SenderSettings) {
    super()
    const { policy } = settings.limits.backpressure
    this.#connection = connection
    this.#transport = transport
    this.#settings = settings
    this.#timers = timerQueueOf(settings.clock)
    this.#backlog = policy === 'dropOldest' || policy === 'conflate' ? new Backlog() : null
  }

  get bufferedAmount(): number {
    return this.#transport.bufferedAmount + (this.#backlog === null ? 0 : this.#backlog.bytes)
  }

  /** Settles when all that is queued has left, or rejects with the end of the connection. */
  get drained(): Promise<void> {
    this.#drained ??= quietResolvers<void>()
    return this.#drained.promise
  }

  /** @param isTry a message that finds no room is dropped, and the connection stays */
  send(message: string | Uint8Array | PreparedMessage, options: SendOptions | undefined, isTry: boolean): SendOutcome {
    const backlog = this.#backlog
    const { window, highWaterMark } = this.#settings.limits.backpressure
    if (backlog !== null && (backlog.size > 0 || this.#transport.bufferedAmount > window)) {
      const prepared = message instanceof PreparedMessage ? message : new PreparedMessage(message, options)
      return this.#enqueue(backlog, prepared, isTry)
    }
    if (this.bufferedAmount > highWaterMark) return this.#refuse(bytesOf(message), isTry)
    handOver(this.#transport, this.#settings.traffic, message, options)
    return this.grown()
  }

  /** Something more is queued. */
  grown(): SendOutcome {
    // The wire may have said already that too much waits.
    if (this.#hasEnded) return 'dropped'
    const { bufferedAmount } = this
    this.#settings.budget.note(this, bufferedAmount)
    if (this.#hasEnded) return 'dropped'
    if (bufferedAmount <= this.#settings.limits.backpressure.highWaterMark) return 'ok'
    if (!this.#isAbove) {
      this.#isAbove = true
      this.#connection.pressureOnRise({ bufferedAmount })
    }
    return 'backpressure'
  }

  /** The stream did not take all that it was given. @param hasMoved it took some of it */
  pending(hasMoved: boolean): void {
    const { timeout } = this.#settings.limits.backpressure
    if (timeout !== null && (hasMoved || !this.#isPending)) this.#timers.set(this, timeout)
    this.#isPending = true
    this.#settings.budget.note(this, this.bufferedAmount)
  }

  /** The wire is empty. Says whether nothing waits in front of it either. */
  isRelieved(): boolean {
    this.#isPending = false
    this.#timers.clear(this)
    const backlog = this.#backlog
    if (backlog === null || backlog.size === 0) return true
    this.#release(backlog, this.#settings.limits.backpressure.window)
    this.#settings.budget.note(this, this.bufferedAmount)
    return false
  }

  /** Nothing waits any more: whoever waited for that is told. */
  relieve(): void {
    this.#leave()
    this.#drained?.resolve()
    if (this.#isAbove) this.#connection.pressureOnFall({ dropped: this.#dropped, conflated: this.#conflated })
  }

  /** Hands everything to the wire, for a close that goes behind it. */
  flush(): void {
    if (this.#backlog !== null) this.#release(this.#backlog, Infinity)
  }

  /** The connection closes. */
  end(reason: Error | null): void {
    this.#leave()
    if (reason !== null) this.#drained?.reject(reason)
  }

  /** The peer has taken nothing for all that time. */
  ring(): void {
    // Timers run before sockets: after a stall of this process, what the peer has taken must be noticed before it is judged.
    setImmediate(judge, this)
  }

  judge(): void {
    if (this.#isPending && !this.#hasEnded && this.slot < 0) this.#connection.pressureOnSlow()
  }

  budgetOnExceeded(): void {
    this.#connection.pressureOnSlow()
  }

  #enqueue(backlog: Backlog, message: PreparedMessage, isTry: boolean): SendOutcome {
    const { policy, highWaterMark } = this.#settings.limits.backpressure
    if (policy === 'conflate' && message.key !== undefined) {
      const waiting = backlog.find(message.key)
      if (waiting !== undefined && this.bufferedAmount - waiting.frameLength <= highWaterMark) {
        backlog.replace(message as PreparedMessage & { key: string })
        count(this.#settings.traffic.conflated, waiting.byteLength)
        this.#conflated++
        return this.grown()
      }
    }
    const droppedBefore = this.#dropped
    while (policy === 'dropOldest' && this.bufferedAmount > highWaterMark) {
      const oldest = backlog.shift()
      if (oldest === undefined) break
      this.#drop(oldest.byteLength)
    }
    if (this.bufferedAmount > highWaterMark) return this.#refuse(message.byteLength, isTry)
    backlog.push(message)
    const outcome = this.grown()
    return outcome === 'ok' && this.#dropped > droppedBefore ? 'backpressure' : outcome
  }

  #refuse(bytes: number, isTry: boolean): SendOutcome {
    const { policy } = this.#settings.limits.backpressure
    if (isTry || policy === 'dropNewest' || policy === 'dropOldest') this.#drop(bytes)
    else this.#connection.pressureOnSlow()
    return 'dropped'
  }

  #drop(bytes: number): void {
    count(this.#settings.traffic.dropped, bytes)
    this.#dropped++
  }

  #release(backlog: Backlog, window: number): void {
    while (this.#transport.bufferedAmount <= window) {
      const message = backlog.shift()
      if (message === undefined) return
      handOver(this.#transport, this.#settings.traffic, message, undefined)
    }
  }

  #leave(): void {
    this.#hasEnded = true
    this.#timers.clear(this)
    this.#settings.budget.forget(this)
  }
}

function bytesOf(message: string | Uint8Array | PreparedMessage): number {
  return message instanceof PreparedMessage ? message.byteLength : byteLengthOf(message)
}

function judge(pressure: Pressure): void {
  pressure.judge()
}
