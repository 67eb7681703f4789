import type { Duplex } from 'node:stream'
import type { WebSocketMessage } from '@sluice/core'
import type { Failure } from '@sluice/protocol'
import { ClientWire, type WireListener } from './client-wire.ts'
import { TestClientError } from './errors.ts'
import { MessageQueue } from './message-queue.ts'
import { PendingPings } from './pending-pings.ts'

/** How a connection ended, as the client saw it. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** No close frame arrived (RFC 6455 section 7.1.5). */
const ABNORMAL: Closing = Object.freeze({ code: 1006, reason: '' })

/** One open WebSocket, seen from the client: what has arrived, and how it ended. */
export class Conversation implements WireListener {
  readonly wire: ClientWire
  readonly #messages = new MessageQueue()
  readonly #pings = new PendingPings()
  readonly #end = Promise.withResolvers<void>()
  readonly #closedError: (closing: Closing) => Error
  #closing: Closing | null = null
  #failure: TestClientError | null = null

  /** @param closedError makes what a receive or a send throws once the connection is closed */
  constructor(socket: Duplex, head: Buffer, closedError: (closing: Closing) => Error) {
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

  /** Resolves when the stream is gone. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  /** Calls back with the wire. @throws the closed error when nothing can be sent any more */
  send(write: (wire: ClientWire) => void): void {
    if (!this.wire.isOpen) throw this.#closedError(this.#closing ?? ABNORMAL)
    write(this.wire)
  }

  receive(timeout: number, giveUp: () => Error): Promise<WebSocketMessage> {
    return this.#messages.take(timeout, giveUp)
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

  wireOnClosing(code: number, reason: string): void {
    this.#close({ code, reason })
  }

  wireOnFailure({ reason }: Failure): void {
    this.#failure = new TestClientError('ERR_PROTOCOL', `the server broke the protocol: ${reason}`)
    this.#close(ABNORMAL)
  }

  wireOnEnd(): void {
    this.#close(ABNORMAL)
    this.#end.resolve()
  }

  #close(closing: Closing): void {
    if (this.#closing !== null) return
    this.#closing = closing
    const closedError = () => this.#closedError(closing)
    this.#messages.end(closedError)
    this.#pings.end(closedError)
  }
}
