import type { Clock } from '../clock.ts'
import { countSent, handOver } from './hand-over.ts'
import type { ConnectionLimits } from './limits.ts'
import { PreparedMessage, type SendOptions } from './prepared-message.ts'
import { type BackpressureEvent, type DrainEvent, type PressedConnection, Pressure } from './pressure.ts'
import type { SendBudget } from './send-budget.ts'
import { rejected, SENT, type Sendable, toPayload, unsendable } from './sendable.ts'
import type { ConnectionState } from './state.ts'
import type { Traffic } from './traffic.ts'
import type { Transport } from './transport.ts'

/** What became of a message given to `trySend`. */
export type SendOutcome = 'ok' | 'backpressure' | 'dropped'

/** What all connections of a route share for sending. */
export interface SenderSettings {
  readonly limits: ConnectionLimits
  readonly clock: Clock
  readonly traffic: Traffic
  readonly budget: SendBudget
}

/** The sending half of a connection. While the peer keeps up a message goes straight to the wire; else `Pressure` decides on it. */
export abstract class Sender implements PressedConnection {
  readonly settings: SenderSettings
  protected transport: Transport | null = null
  #pressure: Pressure | null = null

  abstract readonly state: ConnectionState
  abstract pressureOnRise(event: BackpressureEvent): void
  abstract pressureOnFall(event: DrainEvent): void
  abstract pressureOnSlow(): void
  /** A message goes to the wire, or waits for it. */
  protected abstract messageOnSent(): void
  /** What a call is told that the state does not allow. */
  protected abstract notOpen(action: string): Error

  constructor(settings: SenderSettings) {
    this.settings = settings
  }

  get limits(): ConnectionLimits {
    return this.settings.limits
  }

  get clock(): Clock {
    return this.settings.clock
  }

  get bufferedAmount(): number {
    return this.#pressure === null ? (this.transport?.bufferedAmount ?? 0) : this.#pressure.bufferedAmount
  }

  send(data: Sendable, options?: SendOptions): Promise<void> {
    const payload = toPayload(data)
    return payload === null ? rejected(unsendable(data)) : this.#send(payload, options)
  }

  sendText(text: string, options?: SendOptions): Promise<void> {
    return typeof text === 'string' ? this.#send(text, options) : rejected(unsendable(text))
  }

  sendBytes(bytes: ArrayBuffer | ArrayBufferView, options?: SendOptions): Promise<void> {
    const payload = typeof bytes === 'string' ? null : toPayload(bytes)
    return payload === null ? rejected(unsendable(bytes)) : this.#send(payload, options)
  }

  trySend(data: Sendable | PreparedMessage, options?: SendOptions): SendOutcome {
    const message = data instanceof PreparedMessage ? data : toPayload(data)
    if (message === null) throw unsendable(data)
    return this.state === 'open' ? this.#deliver(message, options, true) : 'dropped'
  }

  /** Sends a message of `prefix` and `bytes[start, end)`, which are not needed after the call. As `send` otherwise. */
  forward(isText: boolean, prefix: Uint8Array, bytes: Buffer, start: number, end: number): Promise<void> {
    if (this.state !== 'open') return rejected(this.notOpen('send'))
    this.messageOnSent()
    if (this.#pressure !== null) {
      const message = new PreparedMessage(Buffer.concat([prefix, bytes.subarray(start, end)]), {}, isText)
      return this.#settle(this.#pressure.send(message, undefined, false))
    }
    const transport = this.transport as Transport
    transport.forward(isText, prefix, bytes, start, end)
    countSent(this.settings.traffic, isText, prefix.length + end - start)
    return this.#settle(this.#outcome(transport))
  }

  /** Sends one of a room's messages. Never waits: with too much queued, the policy decides. */
  publish(message: PreparedMessage): void {
    if (this.state === 'open') this.#deliver(message, undefined, false)
  }

  transportOnDrain(): void {
    const pressure = this.#pressure
    if (pressure === null || !pressure.isRelieved()) return
    this.#pressure = null
    pressure.relieve()
  }

  transportOnPending(hasMoved: boolean): void {
    if (this.state === 'open') this.#pressed.pending(hasMoved)
  }

  /** Somebody may wait for a send. */
  protected get isPressed(): boolean {
    return this.#pressure !== null
  }

  /** Hands to the wire what still waits in front of it, for a close that goes behind. */
  protected flushBacklog(): void {
    this.#pressure?.flush()
  }

  /** The connection is not open any more. */
  protected endSending(reason: Error): void {
    this.#pressure?.end(reason)
    this.#pressure = null
  }

  #send(message: string | Uint8Array, options: SendOptions | undefined): Promise<void> {
    if (this.state !== 'open') return rejected(this.notOpen('send'))
    this.messageOnSent()
    if (this.#pressure !== null) return this.#settle(this.#pressure.send(message, options, false))
    const { limits, traffic } = this.settings
    const transport = this.transport as Transport
    countSent(traffic, typeof message === 'string', transport.send(message, options?.compress !== false))
    return transport.bufferedAmount <= limits.backpressure.window ? SENT : this.#settle(this.#pressed.grown())
  }

  #settle(outcome: SendOutcome): Promise<void> {
    if (outcome === 'ok') return SENT
    // What the message met may have closed the connection.
    if (this.state !== 'open') return rejected(this.notOpen('send'))
    return outcome === 'backpressure' ? this.#pressed.drained : SENT
  }

  #deliver(
    message: string | Uint8Array | PreparedMessage,
    options: SendOptions | undefined,
    isTry: boolean,
  ): SendOutcome {
    this.messageOnSent()
    // Without pressure, what was queued by the last message is within the window.
    if (this.#pressure !== null) return this.#pressure.send(message, options, isTry)
    const transport = this.transport as Transport
    handOver(transport, this.settings.traffic, message, options)
    return this.#outcome(transport)
  }

  #outcome(transport: Transport): SendOutcome {
    // The wire may say within the call that too much waits.
    if (this.state !== 'open') return 'dropped'
    return transport.bufferedAmount > this.settings.limits.backpressure.window ? this.#pressed.grown() : 'ok'
  }

  get #pressed(): Pressure {
    this.#pressure ??= new Pressure(this, this.transport as Transport, this.settings)
    return this.#pressure
  }
}
