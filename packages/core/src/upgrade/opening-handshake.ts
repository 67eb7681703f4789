import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Extension, ExtraHeaders } from '@sluice/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Timer } from '../clock.ts'
import { truncateReason } from '../close-codes.ts'
import type { CompressionSettings, ConnectionLimits } from '../connection/limits.ts'
import { quietResolvers } from '../connection/sendable.ts'
import type { Transport, TransportListener } from '../connection/transport.ts'
import type { Engine } from '../engine/engine.ts'
import { SluiceError, WebSocketDisconnect } from '../errors.ts'
import { closingOf, createDenial, type Denial, denialOfError } from '../security/denial.ts'
import type { DenialStage } from '../security/stage.ts'
import type { SubprotocolChoice } from './admission.ts'
import { shuttingDown } from './check-upgrade.ts'
import type { Acceptance, UpgradeResponder } from './connection-settings.ts'
import { type DenialResponse, denialResponse, responseOf, sendDenial } from './denial-response.ts'
import { PeerWatch } from './peer-watch.ts'
import { checkedHeaders } from './response-headers.ts'
import type { ServerConnection } from './server-connection.ts'
import type { AcceptOptions, DenyOptions } from './websocket-connection.ts'

/** What a handshake needs of its route and its server. */
export interface HandshakeSettings {
  readonly engine: Engine
  readonly clock: Clock
  readonly limits: ConnectionLimits
  readonly compression: CompressionSettings | null
  /** Milliseconds from the upgrade request to its answer. */
  readonly handshakeTimeout: number
  /** How a denial is told: as an HTTP response, or as a 101 and a close code. */
  readonly denial: 'http' | 'close'
  isDraining(): boolean
  /** The app has an error handler of its own, which is to answer for what handlers throw. */
  hasOwnErrorHandler(): boolean
  /** A 101 or a denial goes out, so long after the request came in. */
  handshakeOnAnswered(milliseconds: number): void
  handshakeOnDenied(request: FastifyRequest, stage: DenialStage, denial: Denial): void
}

/** Where the wrapped `handleUpgrade` finds the handshake of a request again. */
const kHandshake = Symbol('sluice.handshake')
type UpgradingRequest = IncomingMessage & { [kHandshake]?: OpeningHandshake | undefined }

/** The handshake of a request that a Sluice route has accepted, if it is one. */
export function handshakeOf(request: IncomingMessage): OpeningHandshake | undefined {
  return (request as UpgradingRequest)[kHandshake]
}

/** One upgrade request and its answer: exactly one of a 101, an HTTP response, or the end of the stream. */
export class OpeningHandshake implements UpgradeResponder {
  /** Whose code decides now, and is named in a denial. */
  stage: 'dependencies' | 'handler' = 'handler'
  readonly #settings: HandshakeSettings
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #proceed: (error?: Error) => void
  readonly #socket: Duplex
  readonly #startedAt: number
  #subprotocols: SubprotocolChoice = { offered: [], chosen: null }
  #extensions: readonly Extension[] = []
  #connection: ServerConnection | null = null
  #isAnswered = false
  #watch: PeerWatch | null = null
  #timer: Timer | null = null
  #onGone: (() => void) | null = null
  #accepted: { subprotocol: string | null; headers: ExtraHeaders } | null = null
  #transport: Transport | null = null
  #upgraded: PromiseWithResolvers<Acceptance> | null = null

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
    this.#startedAt = settings.clock.now()
  }

  /** The peer is there and waits for an answer. */
  get isPending(): boolean {
    return !this.#isAnswered && !this.#socket.destroyed
  }

  /** The server's choice, unless the handler makes another. */
  get subprotocol(): string | null {
    return this.#subprotocols.chosen
  }

  /** A stage takes longer than this turn: from now on a peer that leaves is noticed. The stages watch the time themselves. */
  wait(onGone: () => void): void {
    this.#onGone = onGone
    if (this.#isAnswered) return
    this.#watch ??= new PeerWatch(this.#socket, () => this.abandon())
  }

  /** The handler takes longer than this turn: the peer is watched, and so is the rest of the time. */
  waitForHandler(): void {
    this.wait(() => this.#connection?.handshakeOnInterrupted('client'))
    const { clock, handshakeTimeout } = this.#settings
    this.#timer ??= clock.setTimeout(() => this.#timeOut(), handshakeTimeout - (clock.now() - this.#startedAt))
  }

  /** What the client offered: subprotocols that are no credentials with the choice among them, and extensions. */
  offer(subprotocols: SubprotocolChoice, extensions: readonly Extension[]): void {
    this.#subprotocols = subprotocols
    this.#extensions = extensions
  }

  /** The request was admitted: its connection accepts or denies from now on. */
  handOver(connection: ServerConnection): void {
    this.#connection = connection
  }

  accept(options: AcceptOptions): Acceptance | Promise<Acceptance> {
    if (this.stage === 'dependencies') {
      throw new SluiceError('ERR_INVALID_STATE', 'a dependency cannot accept: the handler does')
    }
    if (this.#upgraded !== null) return this.#upgraded.promise
    const subprotocol = this.#resolveSubprotocol(options.subprotocol)
    const headers = checkedHeaders(options.headers)
    if (!this.isPending || !this.#socket.writable) throw this.#peerGone()
    if (this.#settings.isDraining()) {
      this.denyWith('draining', shuttingDown())
      this.#connection?.handshakeOnInterrupted('server')
      throw new WebSocketDisconnect(1006, 'Server is shutting down')
    }
    const transport = this.#upgrade({ subprotocol, headers })
    if (transport !== null) return { transport, subprotocol }
    if (!this.isPending) throw this.#peerGone()
    return this.#upgradeLater()
  }

  /** Fastify has come to the upgrade: writes the 101. */
  complete(socket: Duplex, head: Buffer): void {
    if (this.#accepted === null || this.#isAnswered)
      throw new SluiceError('ERR_INVALID_STATE', 'upgraded before accept')
    const upgraded = this.#upgraded
    this.#upgraded = null
    const early = this.#answer()
    const raw = this.#request.raw as UpgradingRequest & Record<symbol, unknown>
    // Not deleted: that would make the request an object of the slow and large kind.
    raw[kHandshake] = undefined
    // The stream outlives the HTTP response that was prepared for it, which would stay in memory with it.
    this.#reply.raw.detachSocket(this.#request.raw.socket)
    forgetHead(raw)
    this.#transport = this.#settings.engine.open({
      request: raw,
      socket,
      head: early.length === 0 ? head : Buffer.concat([head, ...early]),
      extensions: this.#extensions,
      compression: this.#settings.compression,
      limits: this.#settings.limits,
      clock: this.#settings.clock,
      ...this.#accepted,
    })
    upgraded?.resolve({ transport: this.#transport, subprotocol: this.#accepted.subprotocol })
  }

  deny(options: DenyOptions): void {
    const response = denialResponse(options)
    const denial = createDenial('ERR_HANDLER_DENIED', { status: response.status })
    this.#respond(this.stage, denial, response)
  }

  /** Answers with a denial of a stage. */
  denyWith(stage: DenialStage, denial: Denial): void {
    const isTold = this.#settings.denial === 'close' && stage !== 'upgrade' && this.#accepted === null
    if (isTold) this.#closeWith(stage, denial)
    else this.#respond(stage, denial, responseOf(denial))
  }

  fail(error: unknown): void {
    const denial = denialOfError(error)
    if (!this.#settings.hasOwnErrorHandler() || !(error instanceof Error)) {
      this.denyWith(this.stage, denial)
    } else if (this.isPending) {
      this.#answer()
      this.#settings.handshakeOnDenied(this.#request, this.stage, denial)
      this.#proceed(error)
    }
  }

  abandon(): void {
    if (this.#isAnswered) return
    this.#settle()
    this.#socket.destroy()
    this.#onGone?.()
  }

  #respond(stage: DenialStage, denial: Denial, response: DenialResponse): void {
    if (!this.isPending) return
    this.#answer()
    this.#settings.handshakeOnDenied(this.#request, stage, denial)
    sendDenial(this.#reply, response)
  }

  /** Browsers hide the response of a failed handshake: this one succeeds, and the close code says why. */
  #closeWith(stage: DenialStage, denial: Denial): void {
    if (!this.isPending) return
    this.#settings.handshakeOnDenied(this.#request, stage, denial)
    // A browser that offered subprotocols fails the handshake unless one is chosen.
    const { chosen, offered } = this.#subprotocols
    const transport = this.#upgrade({ subprotocol: chosen ?? offered[0] ?? null, headers: {} })
    if (transport !== null) closeAtOnce(transport, denial)
    else if (this.isPending) this.#upgradeLater().then((later) => closeAtOnce(later.transport, denial), peerLeft)
  }

  /** Lets Fastify go on to the upgrade. Gives null where it did not get there. */
  #upgrade(acceptance: { subprotocol: string | null; headers: ExtraHeaders }): Transport | null {
    this.#accepted = acceptance
    const raw = this.#request.raw as UpgradingRequest
    raw[kHandshake] = this
    this.#proceed()
    return this.#transport
  }

  /** Another plugin has put a hook behind ours, which takes its time and may yet deny. */
  #upgradeLater(): Promise<Acceptance> {
    this.#upgraded = quietResolvers<Acceptance>()
    this.waitForHandler()
    return this.#upgraded.promise
  }

  #timeOut(): void {
    this.denyWith(this.stage, createDenial('ERR_HANDSHAKE_TIMEOUT'))
    this.#connection?.handshakeOnInterrupted('server')
  }

  #peerGone(): WebSocketDisconnect {
    this.abandon()
    this.#connection?.handshakeOnInterrupted('client')
    return new WebSocketDisconnect(1006, '')
  }

  #answer(): readonly Buffer[] {
    const { clock, handshakeOnAnswered } = this.#settings
    handshakeOnAnswered(clock.now() - this.#startedAt)
    return this.#settle()
  }

  #settle(): readonly Buffer[] {
    this.#isAnswered = true
    this.#timer?.cancel()
    this.#upgraded?.reject(new WebSocketDisconnect(1006, ''))
    return this.#watch?.stop() ?? []
  }

  #resolveSubprotocol(given: string | undefined): string | null {
    const { offered, chosen } = this.#subprotocols
    if (given === undefined) return chosen
    if (offered.includes(given)) return given
    throw new SluiceError('ERR_INVALID_SUBPROTOCOL', `the client did not offer the subprotocol '${given}'`)
  }
}

/** `@fastify/websocket` keeps the first bytes of the stream with the request, and with them the whole chunk that they came in. */
function forgetHead(request: IncomingMessage & Record<symbol, unknown>): void {
  headSymbol ??= Object.getOwnPropertySymbols(request).find(({ description }) => description === 'ws-head')
  if (headSymbol !== undefined) request[headSymbol] = null
}

let headSymbol: symbol | undefined

function closeAtOnce(transport: Transport, denial: Denial): void {
  const { code, reason } = closingOf(denial)
  transport.start(NO_LISTENER)
  transport.close(code, truncateReason(reason))
}

function peerLeft(): void {}

/** Of a connection that is denied by its close code, nobody listens to what the peer says. */
const NO_LISTENER: TransportListener = {
  transportOnMessage() {},
  transportOnPong() {},
  transportOnPending() {},
  transportOnDrain() {},
  transportOnClosing() {},
  transportOnEnd() {},
}
