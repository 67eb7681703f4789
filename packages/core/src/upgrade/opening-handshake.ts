import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ExtraHeaders } from '@sluice/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Timer } from '../clock.ts'
import type { ConnectionLimits } from '../connection/limits.ts'
import type { Transport } from '../connection/transport.ts'
import type { Engine } from '../engine/engine.ts'
import { SluiceError, WebSocketDisconnect } from '../errors.ts'
import { createDenial, type Denial, denialOfError } from '../security/denial.ts'
import type { DenialStage } from '../security/stage.ts'
import type { SubprotocolChoice } from './admission.ts'
import { type DenialResponse, denialResponse, responseOf, sendDenial } from './denial-response.ts'
import { PeerWatch } from './peer-watch.ts'
import { checkedHeaders } from './response-headers.ts'
import type { Acceptance, Handshake, ServerConnection } from './server-connection.ts'
import type { AcceptOptions, DenyOptions } from './websocket-connection.ts'

/** What a handshake needs of its route and its server. */
export interface HandshakeSettings {
  readonly engine: Engine
  readonly clock: Clock
  readonly limits: ConnectionLimits
  /** Milliseconds from the upgrade request to its answer. */
  readonly handshakeTimeout: number
  isDraining(): boolean
  /** The app has an error handler of its own, which is to answer for what handlers throw. */
  hasOwnErrorHandler(): boolean
  handshakeOnDenied(request: FastifyRequest, stage: DenialStage, denial: Denial): void
}

/** Where the wrapped `handleUpgrade` finds the handshake of a request again. */
const kHandshake = Symbol('sluice.handshake')
type UpgradingRequest = IncomingMessage & { [kHandshake]?: OpeningHandshake }

/** The handshake of a request that a Sluice route has accepted, if it is one. */
export function handshakeOf(request: IncomingMessage): OpeningHandshake | undefined {
  return (request as UpgradingRequest)[kHandshake]
}

/** One upgrade request and its answer: exactly one of a 101, an HTTP response, or the end of the stream. */
export class OpeningHandshake implements Handshake {
  readonly #settings: HandshakeSettings
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #proceed: (error?: Error) => void
  readonly #socket: Duplex
  #subprotocols: SubprotocolChoice = { offered: [], chosen: null }
  #connection: ServerConnection | null = null
  #isAnswered = false
  #watch: PeerWatch | null = null
  #timer: Timer | null = null
  #onInterrupted: (() => void) | null = null
  #accepted: { subprotocol: string | null; headers: ExtraHeaders } | null = null
  #transport: Transport | null = null

  /** @param proceed lets Fastify go on to the upgrade, or to the error handler */
  constructor(
    settings: HandshakeSettings,
    request: FastifyRequest,
    reply: FastifyReply,
    proceed: (error?: Error) => void,
  ) {
    this.#settings = settings
    this.#request = request
    this.#reply = reply
    this.#proceed = proceed
    this.#socket = request.raw.socket
  }

  /** The peer is there and waits for an answer. */
  get isPending(): boolean {
    return !this.#isAnswered && !this.#socket.destroyed
  }

  /**
   * The answer takes longer than this turn: from now on a peer that leaves is noticed, and so is the time.
   * @param onInterrupted the peer has gone, or was answered because the time was up
   */
  wait(onInterrupted: () => void = () => {}): void {
    this.#onInterrupted = onInterrupted
    if (this.#watch !== null || this.#isAnswered) return
    this.#watch = new PeerWatch(this.#socket, () => this.abandon())
    this.#timer = this.#settings.clock.setTimeout(() => this.#timeOut(), this.#settings.handshakeTimeout)
  }

  /** The request was admitted: its connection accepts or denies from now on. */
  handOver(connection: ServerConnection, subprotocols: SubprotocolChoice): void {
    this.#connection = connection
    this.#subprotocols = subprotocols
  }

  accept(options: AcceptOptions): Acceptance {
    const subprotocol = this.#resolveSubprotocol(options.subprotocol)
    const headers = checkedHeaders(options.headers)
    if (!this.isPending || !this.#socket.writable) throw new WebSocketDisconnect(1006, '')
    if (this.#settings.isDraining()) {
      this.denyWith('draining', createDenial('ERR_SHUTTING_DOWN'))
      throw new WebSocketDisconnect(1006, 'Server is shutting down')
    }
    this.#accepted = { subprotocol, headers }
    const raw = this.#request.raw as UpgradingRequest
    raw[kHandshake] = this
    this.#proceed()
    delete raw[kHandshake]
    if (this.#transport === null) throw new WebSocketDisconnect(1006, '')
    return { transport: this.#transport, subprotocol }
  }

  /** Fastify has come to the upgrade: writes the 101. */
  complete(socket: Duplex, head: Buffer): void {
    if (this.#accepted === null || this.#isAnswered)
      throw new SluiceError('ERR_INVALID_STATE', 'upgraded before accept')
    const early = this.#settle()
    this.#transport = this.#settings.engine.open({
      request: this.#request.raw,
      socket,
      head: early.length === 0 ? head : Buffer.concat([head, ...early]),
      limits: this.#settings.limits,
      clock: this.#settings.clock,
      ...this.#accepted,
    })
  }

  deny(options: DenyOptions): void {
    const response = denialResponse(options)
    const denial = createDenial('ERR_HANDLER_DENIED', { status: response.status })
    this.#respond('handler', denial, response)
  }

  /** Answers with a denial of a stage. */
  denyWith(stage: DenialStage, denial: Denial): void {
    this.#respond(stage, denial, responseOf(denial))
  }

  fail(error: unknown): void {
    const denial = denialOfError(error)
    if (!this.#settings.hasOwnErrorHandler() || !(error instanceof Error)) {
      this.denyWith('handler', denial)
    } else if (this.isPending) {
      this.#settle()
      this.#settings.handshakeOnDenied(this.#request, 'handler', denial)
      this.#proceed(error)
    }
  }

  abandon(): void {
    if (this.#isAnswered) return
    this.#settle()
    this.#socket.destroy()
    this.#interrupt()
  }

  #respond(stage: DenialStage, denial: Denial, response: DenialResponse): void {
    if (!this.isPending) return
    this.#settle()
    this.#settings.handshakeOnDenied(this.#request, stage, denial)
    sendDenial(this.#reply, response)
  }

  #timeOut(): void {
    this.denyWith('handler', createDenial('ERR_HANDSHAKE_TIMEOUT'))
    this.#interrupt()
  }

  #interrupt(): void {
    this.#onInterrupted?.()
    this.#connection?.handshakeOnInterrupted()
  }

  #settle(): readonly Buffer[] {
    this.#isAnswered = true
    this.#timer?.cancel()
    return this.#watch?.stop() ?? []
  }

  #resolveSubprotocol(given: string | undefined): string | null {
    const { offered, chosen } = this.#subprotocols
    if (given === undefined) return chosen
    if (offered.includes(given)) return given
    throw new SluiceError('ERR_INVALID_SUBPROTOCOL', `the client did not offer the subprotocol '${given}'`)
  }
}
