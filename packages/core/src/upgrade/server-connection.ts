import { parse as parseCookies } from 'cookie'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { createRecord } from '../coercion/input.ts'
import type { MessageCodec } from '../connection/codec.ts'
import { Conversation } from '../connection/conversation.ts'
import type { Received } from '../connection/inbox.ts'
import type { BackpressureEvent, DrainEvent } from '../connection/pressure.ts'
import {
  bytesReading,
  iteratorReading,
  messageReading,
  type Reading,
  type ReadingRules,
  textReading,
  type WebSocketMessage,
} from '../connection/reading.ts'
import { quiet, rejected } from '../connection/sendable.ts'
import type { ConnectionState } from '../connection/state.ts'
import type { CloseEvent } from '../connection/transport.ts'
import type { ReceiveOptions } from '../connection/waiting-receives.ts'
import type { UnknownDeps } from '../dependencies/dependency.ts'
import type { DependencyScope } from '../dependencies/scope.ts'
import { SluiceError } from '../errors.ts'
import type { RoomRegistry } from '../rooms/room-registry.ts'
import { runHook } from '../run-hook.ts'
import type { Denial } from '../security/denial.ts'
import type { Handshake } from '../security/handshake.ts'
import type { AuthContext } from '../security/ports.ts'
import type { DenialStage } from '../security/stage.ts'
import { statusOfCloseCode } from './close-status.ts'
import type { ConnectionFacts, ConnectionSettings, UpgradeResponder } from './connection-settings.ts'
import { CredentialWatch } from './credential-watch.ts'
import { denialBody } from './denial-response.ts'
import { encodeMessage, valueReadingOf } from './message-settings.ts'
import type {
  AcceptOptions,
  DenyOptions,
  JsonReceiveOptions,
  JsonSendOptions,
  WebSocketConnection,
} from './websocket-connection.ts'

const NO_DEPS: UnknownDeps = Object.freeze({})

const ID_PREFIX = `${process.pid.toString(36)}${Date.now().toString(36)}-`
let issuedIds = 0

/** The connection that handlers hold: the conversation, and what the upgrade request said. */
export class ServerConnection extends Conversation implements WebSocketConnection {
  declare readonly settings: ConnectionSettings
  readonly request: FastifyRequest
  readonly route: string
  readonly params: Readonly<Record<string, unknown>>
  readonly rawParams: Readonly<Record<string, string>>
  readonly #number = issuedIds++
  readonly #handshake: Handshake
  #responder: UpgradeResponder | null
  #credentials: CredentialWatch | null = null
  #subprotocol: string | null = null
  #isInterrupted = false
  #dependencies: DependencyScope | null = null
  #locals: Record<string, unknown> | null = null
  #log: FastifyBaseLogger | null = null
  #headers: Readonly<Record<string, unknown>> | null = null
  #cookies: Readonly<Record<string, unknown>> | null = null

  constructor(responder: UpgradeResponder, facts: ConnectionFacts, settings: ConnectionSettings) {
    super(settings)
    this.#responder = responder
    this.request = facts.request
    this.route = facts.route
    this.params = facts.params
    this.rawParams = facts.rawParams
    this.#handshake = facts.handshake
  }

  get id(): string {
    return `${ID_PREFIX}${this.#number.toString(36)}`
  }

  get rules(): ReadingRules {
    return this.settings.messages.rules
  }

  get codec(): MessageCodec {
    return this.settings.messages.codecOf(this.#subprotocol)
  }

  /** The api that declared the route. */
  get owner(): object {
    return this.settings.owner
  }

  /** Those of its server. */
  get rooms(): RoomRegistry<ServerConnection> {
    return this.settings.rooms
  }

  get auth(): AuthContext | null {
    return this.#handshake.auth
  }

  get deps(): UnknownDeps {
    return this.#dependencies?.values ?? NO_DEPS
  }

  get path(): string {
    const { url } = this.request
    const query = url.indexOf('?')
    return query < 0 ? url : url.slice(0, query)
  }

  get query(): Readonly<Record<string, unknown>> {
    return this.#handshake.inputs?.query ?? (this.request.query as Record<string, unknown>)
  }

  get headers(): Readonly<Record<string, unknown>> {
    this.#headers ??= this.#handshake.inputs?.headers ?? createRecord(this.request.headers)
    return this.#headers
  }

  get cookies(): Readonly<Record<string, unknown>> {
    this.#cookies ??= this.#handshake.inputs?.cookies ?? parseCookies(this.request.headers.cookie ?? '')
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

  /** Quiet, as every call is that a handler may leave without an await: the peer can make it reject. */
  accept(options: AcceptOptions = {}): Promise<void> {
    return quiet(this.#accept(options))
  }

  async #accept(options: AcceptOptions): Promise<void> {
    if (this.state === 'open') return
    const accepting = this.#expectConnecting('accept').accept(options)
    const { transport, subprotocol } = accepting instanceof Promise ? await accepting : accepting
    // Two calls may have waited for one upgrade.
    if ((this.state as ConnectionState) === 'open') return
    this.#responder = null
    this.#subprotocol = subprotocol
    this.opened(transport)
    this.#handshake.open(() => void this.close(4409, 'Replaced by a newer connection'))
    if (this.auth?.expiresAt !== undefined) this.#watchCredentials().watchExpiry()
    this.settings.lifecycle.connectionOnOpen(this)
    if (!this.awaitsCredentials) this.settings.lifecycle.connectionOnAdmitted(this)
  }

  /** Opens the connection for its credentials alone. @param onAuthenticated the handler may run */
  async acceptCredentials(onAuthenticated: () => void): Promise<void> {
    // Before the 101: a client may send its token together with the request.
    this.#watchCredentials().awaitFirstMessage(() => {
      this.settings.lifecycle.connectionOnAdmitted(this)
      // A hook may have closed it.
      if (this.state === 'open') onAuthenticated()
    })
    await this.accept()
  }

  deny(options: DenyOptions = {}): Promise<void> {
    return quiet(this.#deny(options))
  }

  async #deny(options: DenyOptions): Promise<void> {
    this.#expectConnecting('deny').deny(options)
    this.denied()
  }

  /** Answers the upgrade request for an error of the handler. */
  failHandshake(error: unknown): void {
    this.#expectConnecting('fail').fail(error)
    this.denied()
  }

  /** What the dependencies make belongs to this connection until its end. */
  holdDependencies(scope: DependencyScope): void {
    this.#dependencies = scope
    this.#handshake.hold(scope)
  }

  /** The peer left, or may no longer be accepted: what the handler does now comes too late, through no fault of its own. */
  handshakeOnInterrupted(initiator: 'client' | 'server'): void {
    if (this.state === 'connecting') this.#isInterrupted = true
    this.abandoned(initiator)
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

  receiveJson(options?: JsonReceiveOptions): Promise<unknown> {
    try {
      return this.take(valueReadingOf(options?.mode, this.codec), options)
    } catch (error) {
      return rejected(error)
    }
  }

  iterText(): AsyncIterableIterator<string, undefined> {
    return this.#iterate(textReading)
  }

  iterBytes(): AsyncIterableIterator<Buffer, undefined> {
    return this.#iterate(bytesReading)
  }

  iterJson(options?: Pick<JsonReceiveOptions, 'mode'>): AsyncIterableIterator<unknown, undefined> {
    return this.#iterate(valueReadingOf(options?.mode, this.codec))
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<WebSocketMessage, undefined> {
    return this.#iterate(messageReading)
  }

  sendJson(value: unknown, options: JsonSendOptions = {}): Promise<void> {
    try {
      return this.send(encodeMessage(value, options.mode, this.codec, this.settings.messages.checkSent), options)
    } catch (error) {
      return rejected(error)
    }
  }

  protected closeBeforeAccept(code: number, reason: string): Promise<void> {
    return this.deny({ status: statusOfCloseCode(code), ...(reason !== '' && { body: denialBody(reason) }) })
  }

  protected isTaken(message: Received): boolean {
    return this.#credentials?.take(message) === true
  }

  /** A token may be among the messages while credentials are watched: it has to be read. */
  protected isTakenAsBytes(isText: boolean, bytes: Buffer, start: number, end: number): boolean {
    return isText && this.#credentials !== null && this.isTaken(bytes.toString('utf8', start, end))
  }

  /** Without credentials there is no handler that could finish. */
  override shutDown(code: number): void {
    if (this.awaitsCredentials) this.shutDownNow(code)
    else super.shutDown(code)
  }

  /** Open for credentials alone: nobody is known to be there yet. */
  get awaitsCredentials(): boolean {
    return this.#credentials?.isAwaiting ?? false
  }

  credentialsOnDenied(stage: DenialStage, denial: Denial): void {
    this.settings.lifecycle.credentialsOnDenied(this, stage, denial)
  }

  pressureOnRise(event: BackpressureEvent): void {
    for (const hook of this.settings.onBackpressure) runHook('onBackpressure', hook, this.log, this, event)
  }

  pressureOnFall(event: DrainEvent): void {
    for (const hook of this.settings.onDrain) runHook('onDrain', hook, this.log, this, event)
  }

  protected terminateBeforeAccept(): void {
    const responder = this.#responder
    this.abandoned('server')
    responder?.abandon()
  }

  protected connectionOnEnd(event: CloseEvent): void {
    this.#responder = null
    this.#credentials?.end()
    this.#handshake.end()
    if (event.initiator === 'heartbeat') this.log.info({ route: this.route }, 'WebSocket peer is gone')
    this.settings.lifecycle.connectionOnEnd(this, event)
  }

  #watchCredentials(): CredentialWatch {
    this.#credentials ??= new CredentialWatch(this, this.#handshake, this.settings.credentials)
    return this.#credentials
  }

  #expectConnecting(action: string): UpgradeResponder {
    if (this.state === 'connecting' && this.#responder !== null) return this.#responder
    if (this.#isInterrupted) this.signal.throwIfAborted()
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
