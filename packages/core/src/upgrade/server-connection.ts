import { parse as parseCookies } from 'cookie'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { Conversation } from '../connection/conversation.ts'
import type { ConnectionLimits, InvalidJsonPolicy, WrongTypePolicy } from '../connection/limits.ts'
import {
  binaryJsonReading,
  bytesReading,
  iteratorReading,
  jsonReading,
  messageReading,
  type Reading,
  textReading,
  type WebSocketMessage,
} from '../connection/reading.ts'
import { rejected, toJsonText } from '../connection/sendable.ts'
import type { CloseEvent, Transport } from '../connection/transport.ts'
import type { ReceiveOptions } from '../connection/waiting-receives.ts'
import { SluiceError } from '../errors.ts'
import type { AuthContext } from '../security/ports.ts'
import { statusOfCloseCode } from './close-status.ts'
import type { AcceptOptions, DenyOptions, JsonReceiveOptions, WebSocketConnection } from './websocket-connection.ts'

/** What a connection asks of the handshake that it comes from. */
export interface Handshake {
  /** Writes the 101. @throws WebSocketDisconnect when the peer has gone */
  accept(options: AcceptOptions): Acceptance
  deny(options: DenyOptions): void
  /** Answers for an error of the handler. */
  fail(error: unknown): void
  /** Cuts the stream. */
  abandon(): void
}

export interface Acceptance {
  readonly transport: Transport
  readonly subprotocol: string | null
}

/** The leases that a connection holds. */
export interface Admission {
  /** The 101 is out. `supersede` is called should a newer connection need the place. */
  open(supersede: () => void): void
  end(): void
}

/** What is known of a connection before its handler runs. */
export interface ConnectionFacts {
  readonly request: FastifyRequest
  readonly route: string
  readonly params: Readonly<Record<string, unknown>>
  readonly rawParams: Readonly<Record<string, string>>
  readonly auth: AuthContext | null
  readonly admission: Admission
}

/** What all connections of a route share. */
export interface ConnectionSettings {
  readonly limits: ConnectionLimits
  readonly clock: Clock
  readonly onWrongType: WrongTypePolicy
  readonly onInvalidJson: InvalidJsonPolicy
  readonly lifecycle: ConnectionLifecycle
  /** The api that declared the route. */
  readonly owner: object
}

/** Who keeps count of connections. */
export interface ConnectionLifecycle {
  connectionOnOpen(connection: ServerConnection): void
  /** Once for each connection, also for one that was never open. */
  connectionOnEnd(connection: ServerConnection, event: CloseEvent): void
}

const ID_PREFIX = `${process.pid.toString(36)}${Date.now().toString(36)}-`
let issuedIds = 0

/** The connection that handlers hold: the conversation, and what the upgrade request said. */
export class ServerConnection extends Conversation implements WebSocketConnection {
  readonly id = `${ID_PREFIX}${(issuedIds++).toString(36)}`
  readonly request: FastifyRequest
  readonly route: string
  readonly params: Readonly<Record<string, unknown>>
  readonly rawParams: Readonly<Record<string, string>>
  readonly auth: AuthContext | null
  readonly #settings: ConnectionSettings
  readonly #admission: Admission
  #handshake: Handshake | null
  #subprotocol: string | null = null
  #wasOpen = false
  #locals: Record<string, unknown> | null = null
  #log: FastifyBaseLogger | null = null
  #cookies: Readonly<Record<string, string | undefined>> | null = null

  constructor(handshake: Handshake, facts: ConnectionFacts, settings: ConnectionSettings) {
    super(settings.limits, settings.clock)
    this.#handshake = handshake
    this.#settings = settings
    this.request = facts.request
    this.route = facts.route
    this.params = facts.params
    this.rawParams = facts.rawParams
    this.auth = facts.auth
    this.#admission = facts.admission
  }

  get onWrongType(): WrongTypePolicy {
    return this.#settings.onWrongType
  }

  get onInvalidJson(): InvalidJsonPolicy {
    return this.#settings.onInvalidJson
  }

  /** The api that declared the route. */
  get owner(): object {
    return this.#settings.owner
  }

  get path(): string {
    const { url } = this.request
    const query = url.indexOf('?')
    return query < 0 ? url : url.slice(0, query)
  }

  get query(): Readonly<Record<string, string | string[] | undefined>> {
    return this.request.query as Record<string, string | string[] | undefined>
  }

  get headers(): FastifyRequest['headers'] {
    return this.request.headers
  }

  get cookies(): Readonly<Record<string, string | undefined>> {
    this.#cookies ??= parseCookies(this.request.headers.cookie ?? '')
    return this.#cookies
  }

  get client(): { readonly host: string; readonly port: number } | null {
    const host = this.request.ip
    return host ? { host, port: this.request.socket.remotePort ?? 0 } : null
  }

  get subprotocol(): string | null {
    return this.#subprotocol
  }

  get locals(): Record<string, unknown> {
    this.#locals ??= {}
    return this.#locals
  }

  get log(): FastifyBaseLogger {
    this.#log ??= this.request.log.child({ connection: this.id })
    return this.#log
  }

  async accept(options: AcceptOptions = {}): Promise<void> {
    if (this.state === 'open') return
    if (this.state === 'closed' && !this.#wasOpen) this.signal.throwIfAborted()
    const handshake = this.#expectConnecting('accept')
    const { transport, subprotocol } = handshake.accept(options)
    this.#handshake = null
    this.#subprotocol = subprotocol
    this.#wasOpen = true
    this.opened(transport)
    this.#admission.open(() => void this.close(4409, 'Replaced by a newer connection'))
    this.#settings.lifecycle.connectionOnOpen(this)
  }

  async deny(options: DenyOptions = {}): Promise<void> {
    const handshake = this.#expectConnecting('deny')
    handshake.deny(options)
    this.denied()
  }

  /** Answers the upgrade request for an error of the handler. */
  failHandshake(error: unknown): void {
    this.#expectConnecting('fail').fail(error)
    this.denied()
  }

  /** The peer left, or the time was up, before the 101. */
  handshakeOnInterrupted(): void {
    this.abandoned()
  }

  receive(options?: ReceiveOptions): Promise<WebSocketMessage> {
    return this.take(messageReading, options)
  }

  receiveText(options?: ReceiveOptions): Promise<string> {
    return this.take(textReading, options)
  }

  receiveBytes(options?: ReceiveOptions): Promise<Buffer> {
    return this.take(bytesReading, options)
  }

  async receiveJson(options?: JsonReceiveOptions): Promise<unknown> {
    return this.take(jsonReadingOf(options?.mode), options)
  }

  iterText(): AsyncIterableIterator<string, undefined> {
    return this.#iterate(textReading)
  }

  iterBytes(): AsyncIterableIterator<Buffer, undefined> {
    return this.#iterate(bytesReading)
  }

  iterJson(options?: Pick<JsonReceiveOptions, 'mode'>): AsyncIterableIterator<unknown, undefined> {
    return this.#iterate(jsonReadingOf(options?.mode))
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<WebSocketMessage, undefined> {
    return this.#iterate(messageReading)
  }

  sendJson(value: unknown, options: { readonly mode?: 'text' | 'binary' } = {}): Promise<void> {
    try {
      const text = toJsonText(value)
      return isBinaryMode(options.mode) ? this.sendBytes(Buffer.from(text)) : this.sendText(text)
    } catch (error) {
      return rejected(error)
    }
  }

  protected async closeBeforeAccept(code: number, reason: string): Promise<void> {
    return this.deny({ status: statusOfCloseCode(code), ...(reason !== '' && { body: { detail: reason } }) })
  }

  protected terminateBeforeAccept(): void {
    this.#handshake?.abandon()
    this.abandoned()
  }

  protected connectionOnEnd(event: CloseEvent): void {
    this.#handshake = null
    this.#admission.end()
    this.#settings.lifecycle.connectionOnEnd(this, event)
  }

  #expectConnecting(action: string): Handshake {
    if (this.state === 'connecting' && this.#handshake !== null) return this.#handshake
    throw new SluiceError('ERR_INVALID_STATE', `cannot ${action} while ${this.state}`)
  }

  #iterate<T>(reading: Reading<T>): AsyncIterableIterator<T, undefined> {
    const step = iteratorReading(reading)
    return {
      next: () => this.take(step),
      return: async () => ({ value: undefined, done: true }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}

function jsonReadingOf(mode: unknown): Reading<unknown> {
  return isBinaryMode(mode) ? binaryJsonReading : jsonReading
}

function isBinaryMode(mode: unknown): boolean {
  if (mode !== undefined && mode !== 'text' && mode !== 'binary') {
    throw new SluiceError('ERR_INVALID_OPTION', `mode is 'text' or 'binary', got ${String(mode)}`)
  }
  return mode === 'binary'
}
