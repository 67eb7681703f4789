import type { Duplex } from 'node:stream'
import type { WebSocketMessage } from '@sluice/core'
import type { Failure, Opcode } from '@sluice/protocol'
import { Arrivals } from './arrivals.ts'
import { ClientWire, type WireListener } from './client-wire.ts'
import { TestClientError } from './errors.ts'
import type { TestFrame } from './frame-splitter.ts'
import { PendingPings } from './pending-pings.ts'
import type { Transcript } from './transcript.ts'

/** How a connection ended, as the client saw it. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** No close frame arrived (RFC 6455 section 7.1.5). */
const ABNORMAL: Closing = Object.freeze({ code: 1006, reason: '' })

/** Of the frames, which most tests never ask for, only so many are kept. */
const MOST_FRAMES = 1_000

/** One open WebSocket, seen from the client: what has arrived, and how it ended. */
export class Conversation implements WireListener {
  readonly wire: ClientWire
  readonly transcript: Transcript
  readonly #messages = new Arrivals<WebSocketMessage>(Infinity)
  readonly #frames = new Arrivals<TestFrame>(MOST_FRAMES)
  readonly #pings = new PendingPings()
  readonly #closed = Promise.withResolvers<Closing>()
  readonly #end = Promise.withResolvers<void>()
  readonly #closedError: (closing: Closing) => Error
  #closing: Closing | null = null
  #failure: TestClientError | null = null

  /** @param closedError makes what a receive or a send throws once the connection is closed */
  constructor(socket: Duplex, head: Buffer, transcript: Transcript, closedError: (closing: Closing) => Error) {
    this.transcript = transcript
    this.#closedError = closedError
    this.wire = new ClientWire(socket, head, this)
  }

  /** `null` while the connection is open. */
  get closing(): Closing | null {
    return this.#closing
  }

  /** What the server did wrong, if it broke the protocol. */
  get failure(): TestClientError | null {
    return this.#failure
  }

  /** Resolves when it is closed, though messages may wait that arrived before. */
  get closed(): Promise<Closing> {
    return this.#closed.promise
  }

  /** Resolves when the stream is gone. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  /** Calls back with the wire. @throws the closed error when nothing can be sent any more */
  send(write: (wire: ClientWire) => void): void {
    if (!this.wire.isOpen) throw this.#closedError(this.#closing ?? ABNORMAL)
    write(this.wire)
  }

  /** Messages that have arrived and that no receive has taken. */
  get unread(): readonly WebSocketMessage[] {
    return this.#messages.unread
  }

  receive(timeout: number, giveUp: () => Error): Promise<WebSocketMessage> {
    return this.#messages.take(timeout, giveUp)
  }

  receiveFrame(timeout: number, giveUp: () => Error): Promise<TestFrame> {
    return this.#frames.take(timeout, giveUp)
  }

  /** Resolves when the pong arrives. */
  async ping(payload: Uint8Array): Promise<void> {
    this.send((wire) => wire.ping(payload))
    return this.#pings.add(payload)
  }

  wireOnMessage(data: string | Buffer): void {
    this.#messages.push(typeof data === 'string' ? { type: 'text', data } : { type: 'binary', data })
  }

  wireOnPong(payload: Buffer): void {
    this.#pings.settle(payload)
  }

  wireOnFrame(frame: TestFrame): void {
    this.transcript.frame('server', frame.opcode, frame.payload)
    this.#frames.push(frame)
  }

  wireOnSent(opcode: Opcode, payload: Uint8Array): void {
    this.transcript.frame('client', opcode, payload)
  }

  wireOnSentRaw(bytes: Uint8Array): void {
    this.transcript.raw(bytes)
  }

  wireOnClosing(code: number, reason: string): void {
    this.#close({ code, reason })
  }

  wireOnFailure({ reason }: Failure): void {
    this.#failure = new TestClientError('ERR_PROTOCOL', `the server broke the protocol: ${reason}`)
    this.#close(ABNORMAL)
  }

  wireOnEnd(): void {
    this.transcript.end()
    this.#close(ABNORMAL)
    this.#frames.end(() => this.#closedError(this.#closing ?? ABNORMAL))
    this.#end.resolve()
  }

  #close(closing: Closing): void {
    if (this.#closing !== null) return
    this.#closing = closing
    this.#closed.resolve(closing)
    const closedError = () => this.#closedError(closing)
    this.#messages.end(closedError)
    this.#pings.end(closedError)
  }
}
