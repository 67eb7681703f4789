import type { Socket } from 'node:net'
import {
  backendsOf,
  type DependencyOverrides,
  type ServerObserver,
  type SluiceServer,
  serverOf,
} from '@sluice/core/internal'
import type { AuthBackend } from '@sluice/core/ports'
import type { FastifyInstance, FastifyRequest } from 'fastify'

type ObserverCall<Name extends keyof ServerObserver> = Parameters<NonNullable<ServerObserver[Name]>>
type Connection = ObserverCall<'connectionOnOpen'>[0]

/** Where a handshake was denied: the sanity of the upgrade, one of the stages, or the handler. */
export type DenialStage = ObserverCall<'handshakeOnDenied'>[1]

/** What a watch saw of a denied handshake. */
export interface SeenDenial {
  readonly stage: DenialStage
  /** What was thrown, or a short text. The peer is not told. */
  readonly cause: unknown
}

/** Follows one connection on the server's side of it. */
export class ServerWatch implements ServerObserver {
  readonly #server: SluiceServer | undefined
  readonly #isOurs: (socket: Socket) => boolean
  readonly #overrides: DependencyOverrides | undefined
  readonly #errors: unknown[] = []
  #request: FastifyRequest | null = null
  #denial: SeenDenial | undefined
  #connection: Connection | null = null
  #end: PromiseWithResolvers<void> | null = null
  #handled: Connection | null = null
  #handlerEnd: PromiseWithResolvers<void> | null = null

  /**
   * @param isOurs tells the connection from others by the server's stream
   * @param overrides what stands in for dependencies of this connection
   */
  constructor(app: FastifyInstance, isOurs: (socket: Socket) => boolean, overrides?: DependencyOverrides) {
    this.#isOurs = isOurs
    this.#overrides = overrides
    this.#server = serverOf(app)
    this.#server?.observers.add(this)
  }

  /** The server's side of it, once it is open. */
  get connection(): Connection | null {
    return this.#connection
  }

  /** Who looks for credentials in its request, once the handshake is over. */
  get backends(): readonly AuthBackend[] {
    return this.#request === null ? [] : backendsOf(this.#request)
  }

  /** How the handshake was denied, if Sluice did it. */
  get denial(): SeenDenial | undefined {
    return this.#denial
  }

  /** What the handler threw, in order. */
  get errors(): readonly unknown[] {
    return this.#errors
  }

  /** Resolves when the server has ended the connection; at once if it is none of Sluice's. */
  get ended(): Promise<void> {
    return this.#end?.promise ?? Promise.resolve()
  }

  /** Resolves when the handler has returned, or the last callback has; at once if it never ran. */
  get handlerEnded(): Promise<void> {
    return this.#handlerEnd?.promise ?? Promise.resolve()
  }

  stop(): void {
    this.#server?.observers.delete(this)
  }

  overridesFor(request: FastifyRequest): DependencyOverrides | undefined {
    return this.#isOurs(request.raw.socket) ? this.#overrides : undefined
  }

  connectionOnOpen(connection: Connection): void {
    if (!this.#isOurs(connection.request.raw.socket)) return
    this.#connection = connection
    this.#request = connection.request
    this.#end = Promise.withResolvers()
  }

  connectionOnEnd(connection: Connection): void {
    if (connection === this.#connection) this.#end?.resolve()
  }

  handlerOnStart(connection: Connection): void {
    if (!this.#isOurs(connection.request.raw.socket)) return
    // It may never be open on the server's side: `denial: 'close'` closes it by itself.
    this.#handled = connection
    this.#handlerEnd = Promise.withResolvers()
  }

  handlerOnEnd(connection: Connection): void {
    if (connection === this.#handled) this.#handlerEnd?.resolve()
  }

  handlerOnError(connection: Connection, error: unknown): void {
    if (connection === this.#connection) this.#errors.push(error)
  }

  handshakeOnDenied(...[request, stage, { cause }]: ObserverCall<'handshakeOnDenied'>): void {
    if (!this.#isOurs(request.raw.socket)) return
    this.#request = request
    this.#denial = { stage, cause }
  }
}
