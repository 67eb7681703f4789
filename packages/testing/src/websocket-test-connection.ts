import type { IncomingHttpHeaders } from 'node:http'
import type { Clock, WebSocketMessage } from '@sluice/core'
import { CloseCode, isSendableCloseCode } from '@sluice/protocol'
import type { Closing, Conversation } from './conversation.ts'
import { ConnectionClosed, TestClientError, TimeoutError } from './errors.ts'
import type { TestFrame } from './frame-splitter.ts'
import { bytesOf, jsonOf, jsonTextOf, textOf, toBytes } from './messages.ts'
import type { TestNetwork } from './network.ts'
import { assertJsonOptions, assertWaitOptions, type JsonOptions, type WaitOptions } from './options.ts'
import { nextTurn, within } from './real-time.ts'
import type { ServerWatch } from './server-watch.ts'
import { settle } from './settle.ts'
import type { TranscriptEntry } from './transcript.ts'
import { hintOf } from './virtual-clock.ts'

/** What an open test connection is made of. */
export interface ConnectionParts {
  readonly path: string
  readonly subprotocol: string | null
  readonly responseHeaders: IncomingHttpHeaders
  readonly conversation: Conversation
  readonly watch: ServerWatch
  /** That of the app. */
  readonly clock: Clock
  readonly network: TestNetwork | null
  readonly timeout: number
  readonly raiseServerErrors: boolean
  /** The test has ended the connection itself. */
  forget(): void
}

/** The client's side of an open WebSocket, for tests. */
export class WebSocketTestConnection implements AsyncDisposable {
  readonly path: string
  /** The server accepted: a denied handshake gives no connection. */
  readonly accepted = true
  /** The one that the server chose, or null. */
  readonly subprotocol: string | null
  /** The headers of the 101, names in lower case. */
  readonly responseHeaders: IncomingHttpHeaders
  readonly #parts: ConnectionParts
  #pings = 0
  #disposal: Promise<void> | null = null

  constructor(parts: ConnectionParts) {
    this.path = parts.path
    this.subprotocol = parts.subprotocol
    this.responseHeaders = parts.responseHeaders
    this.#parts = parts
  }

  /** The server has closed the connection, or answered a close of ours, or the stream has ended. */
  get closed(): boolean {
    return this.closeCode !== null
  }

  /** 1005 when the server's close frame held none, 1006 when no close frame arrived, null while open. */
  get closeCode(): number | null {
    return this.#parts.conversation.closing?.code ?? null
  }

  /** Null while open. */
  get closeReason(): string | null {
    return this.#parts.conversation.closing?.reason ?? null
  }

  /** Sends never wait for the server to read. @throws ConnectionClosed, TestClientError `ERR_INVALID_PAYLOAD` */
  async sendText(text: string): Promise<void> {
    if (typeof text !== 'string')
      throw new TestClientError('ERR_INVALID_PAYLOAD', `text is a string, got ${typeof text}`)
    this.#parts.conversation.send((wire) => wire.sendText(text))
  }

  async sendBytes(bytes: ArrayBuffer | ArrayBufferView): Promise<void> {
    const payload = toBytes(bytes)
    this.#parts.conversation.send((wire) => wire.sendBytes(payload))
  }

  /** Sends JSON as a text message, or as UTF-8 bytes. */
  async sendJson(value: unknown, options: JsonOptions = {}): Promise<void> {
    assertJsonOptions(options)
    const text = jsonTextOf(value)
    return options.mode === 'binary' ? this.sendBytes(Buffer.from(text)) : this.sendText(text)
  }

  /** Writes bytes to the stream as they are: frames of your own making, whole or not, right or wrong. */
  async sendFrame(raw: Uint8Array): Promise<void> {
    const bytes = toBytes(raw)
    this.#parts.conversation.send((wire) => wire.write(bytes))
  }

  /**
   * Pings the server. Resolves with the round-trip time in milliseconds of the app's clock; by then the server has parsed everything sent before.
   * @param data at most 125 bytes. @default a payload that no other ping has
   * @throws ConnectionClosed, TimeoutError
   */
  async ping(data: string | Uint8Array = `ping ${this.#pings++}`, options: WaitOptions = {}): Promise<number> {
    const timeout = this.#timeoutOf(options)
    const payload = Buffer.from(data)
    if (payload.length > 125) throw new TestClientError('ERR_INVALID_PAYLOAD', 'a ping holds at most 125 bytes')
    const { clock } = this.#parts
    const sentAt = clock.now()
    await within(timeout, this.#parts.conversation.ping(payload), () => this.#timedOut('no pong arrived', timeout))
    return clock.now() - sentAt
  }

  /**
   * Waits for one message of either kind. Those that arrived before the end come before the end.
   * @throws ConnectionClosed, TimeoutError
   */
  async receive(options: WaitOptions = {}): Promise<WebSocketMessage> {
    return this.#receive(this.#timeoutOf(options))
  }

  /** @throws TestClientError `ERR_MESSAGE_KIND` for a binary message */
  async receiveText(options?: WaitOptions): Promise<string> {
    return textOf(await this.receive(options))
  }

  /** @throws TestClientError `ERR_MESSAGE_KIND` for a text message */
  async receiveBytes(options?: WaitOptions): Promise<Buffer> {
    return bytesOf(await this.receive(options))
  }

  /** @throws TestClientError `ERR_MESSAGE_KIND`, `ERR_INVALID_JSON` */
  async receiveJson({ mode = 'text', ...options }: JsonOptions & WaitOptions = {}): Promise<unknown> {
    assertJsonOptions({ mode, ...options })
    return jsonOf(await this.receive(options), mode)
  }

  /**
   * Waits for one frame of the server, control frames included: each is here as well as in the message that it is part of. Of those that
   * nobody receives the last 1,000 are kept.
   * @throws ConnectionClosed when the stream has ended, TimeoutError
   */
  async receiveFrame(options: WaitOptions = {}): Promise<TestFrame> {
    const timeout = this.#timeoutOf(options)
    return this.#parts.conversation.receiveFrame(timeout, () => this.#timedOut('no frame arrived', timeout))
  }

  /** Messages that have arrived and that no receive has taken. */
  get unread(): readonly WebSocketMessage[] {
    return this.#parts.conversation.unread
  }

  /** What has passed, frame by frame: the last 1,000 frames. */
  get transcript(): readonly TranscriptEntry[] {
    return this.#parts.conversation.transcript.entries
  }

  /** The clock of the app. */
  get clock(): Clock {
    return this.#parts.clock
  }

  /** What the network does to this connection, while the test runs. @throws TestClientError `ERR_INVALID_OPTION` with transport 'socket' */
  get network(): TestNetwork {
    const { network } = this.#parts
    if (network !== null) return network
    throw new TestClientError('ERR_INVALID_OPTION', "faults of the network need transport 'memory'")
  }

  /** Messages until the connection is closed, which ends the loop quietly. Each may take as long as a receive. */
  iterText(options?: WaitOptions): AsyncIterableIterator<string, undefined> {
    return untilClosed(() => this.receiveText(options))
  }

  iterBytes(options?: WaitOptions): AsyncIterableIterator<Buffer, undefined> {
    return untilClosed(() => this.receiveBytes(options))
  }

  iterJson(options?: JsonOptions & WaitOptions): AsyncIterableIterator<unknown, undefined> {
    return untilClosed(() => this.receiveJson(options))
  }

  /**
   * Waits until the connection is closed. Messages that arrived before can still be received.
   * @throws TimeoutError
   */
  async untilClosed(options: WaitOptions = {}): Promise<Closing> {
    const { conversation, forget } = this.#parts
    const timeout = this.#timeoutOf(options)
    const closing = await within(timeout, conversation.closed, () => this.#timedOut('it was not closed', timeout))
    forget()
    return closing
  }

  /**
   * Waits until the server has nothing left to do for this connection: everything sent has been handled, and every answer has arrived.
   * A handler that awaits something outside the process is waited for where that can be seen: see the manual.
   * @throws TimeoutError when it has not come to an end in time; the message says what is left
   */
  async settled(options: WaitOptions = {}): Promise<void> {
    const timeout = this.#timeoutOf(options)
    const left = await settle(this.#parts.watch, timeout)
    if (left !== null) throw this.#timedOut(`the server has not settled: ${left}`, timeout)
  }

  /**
   * Closes if still open, and waits until the server has ended the connection.
   * @param code one that may be sent, or 1005 for a close frame without a code. @default 1000
   * @param reason cut to 123 bytes
   * @throws TestClientError `ERR_INVALID_CLOSE_CODE`, TimeoutError when the server does not answer
   */
  async close(code: number = CloseCode.NORMAL, reason = ''): Promise<void> {
    const { conversation, watch, timeout, forget } = this.#parts
    if (!isSendableCloseCode(code) && code !== CloseCode.NO_STATUS_RECEIVED) {
      throw new TestClientError('ERR_INVALID_CLOSE_CODE', `close code ${String(code)} may not be sent`)
    }
    conversation.wire.close(code, reason)
    forget()
    await within(timeout, Promise.all([conversation.ended, watch.ended]), () => {
      conversation.wire.terminate()
      return this.#timedOut('the server did not complete the closing handshake', timeout)
    })
    // What is woken by the end on the server, such as its handler, has its turn.
    await nextTurn()
  }

  /** Cuts the connection without a close frame, as a crash or a lost network does. */
  terminate(): void {
    this.#parts.forget()
    this.#parts.conversation.wire.terminate()
  }

  /**
   * Closes as `close()` does, waits for the handler to end, and throws what the handler threw: the error itself, or an `AggregateError` of several.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    const { conversation, watch, raiseServerErrors } = this.#parts
    const errors: unknown[] = []
    this.#parts.network?.restore()
    await this.close().catch((error: unknown) => errors.push(error))
    if (errors.length === 0) await this.#handlerEnded().catch((error: unknown) => errors.push(error))
    watch.stop()
    if (conversation.failure !== null) errors.unshift(conversation.failure)
    if (raiseServerErrors) errors.unshift(...watch.errors)
    if (errors.length > 1) throw new AggregateError(errors, `several errors on the connection to ${this.path}`)
    if (errors.length === 1) throw errors[0]
  }

  /** What it throws then would be seen by nobody. */
  async #handlerEnded(): Promise<void> {
    const { watch, timeout } = this.#parts
    await within(timeout, watch.handlerEnded, () =>
      this.#timedOut('the handler was still running after the end of its connection', timeout),
    )
  }

  #receive(timeout: number): Promise<WebSocketMessage> {
    return this.#parts.conversation.receive(timeout, () => this.#timedOut('no message arrived', timeout))
  }

  #timeoutOf(options: WaitOptions): number {
    assertWaitOptions(options)
    return options.timeout ?? this.#parts.timeout
  }

  #timedOut(what: string, timeout: number): TimeoutError {
    return new TimeoutError(
      `${what} on ${this.path} within ${timeout} ms${hintOf(this.#parts.clock)}\n${this.#parts.conversation.transcript}`,
    )
  }
}

async function* untilClosed<T>(receive: () => Promise<T>): AsyncGenerator<T, undefined> {
  for (;;) {
    const next = await receive().then((value) => ({ value }), endOfLoop)
    if (next === null) return
    yield next.value
  }
}

function endOfLoop(error: unknown): null {
  if (error instanceof ConnectionClosed) return null
  throw error
}
