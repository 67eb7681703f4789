import type { Clock, Timer } from '../clock.ts'
import type { Received } from '../connection/inbox.ts'
import type { ConnectionState } from '../connection/state.ts'
import { parseAuthMessage } from '../security/auth-message.ts'
import type { Denial } from '../security/denial.ts'
import { watchExpiry } from '../security/expiry.ts'
import type { Handshake } from '../security/handshake.ts'
import {
  authenticateFirstMessage,
  type CloseOutcome,
  type LateOutcome,
  refreshAuthentication,
  unauthenticated,
} from '../security/late-authentication.ts'
import type { Pipeline } from '../security/pipeline.ts'
import type { AuthBackend } from '../security/ports.ts'
import type { DenialStage } from '../security/stage.ts'

/** What the watch does to its connection. */
export interface WatchedConnection {
  readonly state: ConnectionState
  close(code: number, reason: string): unknown
  /** No token came, or it was denied, or no backend could decide on it. */
  credentialsOnDenied(stage: DenialStage, denial: Denial): void
}

export interface CredentialRules {
  readonly backends: readonly AuthBackend[]
  readonly pipeline: Pipeline
  readonly clock: Clock
}

/**
 * Authentication that lives as long as the connection: a token that comes as the first message, one that renews what was proven,
 * and the end when it has expired.
 */
export class CredentialWatch {
  readonly #connection: WatchedConnection
  readonly #handshake: Handshake
  readonly #rules: CredentialRules
  #timer: Timer | null = null
  #onAuthenticated: (() => void) | null = null
  #isAsking = false

  constructor(connection: WatchedConnection, handshake: Handshake, rules: CredentialRules) {
    this.#connection = connection
    this.#handshake = handshake
    this.#rules = rules
  }

  /** Nobody is known to be there yet. */
  get isAwaiting(): boolean {
    return this.#onAuthenticated !== null
  }

  /** Takes nothing but a token until one is proven. @param onAuthenticated the handler may run */
  awaitFirstMessage(onAuthenticated: () => void): void {
    this.#onAuthenticated = onAuthenticated
    const timeout = Math.min(...this.#rules.backends.map(({ firstMessage }) => firstMessage?.timeout ?? Infinity))
    this.#timer = this.#rules.clock.setTimeout(() => {
      // One that closes already is not denied once more.
      if (this.#connection.state === 'open') this.#close(unauthenticated('no token came in time'))
    }, timeout)
  }

  /** Closes with 4440 when what was proven has expired. */
  watchExpiry(): void {
    this.#timer?.cancel()
    this.#timer = null
    const { auth, backend } = this.#handshake
    if (auth?.expiresAt === undefined) return
    this.#timer = watchExpiry({
      clock: this.#rules.clock,
      expiresAt: auth.expiresAt,
      grace: backend?.expiryGrace ?? 0,
      onExpired: () => this.#connection.close(4440, 'Token expired'),
    })
  }

  /** Whether a message was for the watch, and not for the handler. */
  take(message: Received): boolean {
    const isFirst = this.isAwaiting
    // A backend that renews nothing leaves such messages to the app.
    if (!isFirst && this.#handshake.backend?.authenticateToken === undefined) return false
    const token = typeof message === 'string' ? parseAuthMessage(message) : undefined
    // What a client sends right behind its token waits in the inbox until the token is proven.
    if (this.#isAsking) return token !== undefined
    if (token !== undefined) this.#ask(token, isFirst)
    else if (isFirst) this.#close(unauthenticated('the first message is no token'))
    return isFirst || token !== undefined
  }

  end(): void {
    this.#timer?.cancel()
    this.#onAuthenticated = null
  }

  #ask(token: string, isFirst: boolean): void {
    const { pipeline, clock } = this.#rules
    this.#isAsking = true
    const outcome = isFirst
      ? authenticateFirstMessage(this.#handshake, pipeline, token)
      : refreshAuthentication(this.#handshake, pipeline, token, clock)
    void outcome.then((settled) => {
      this.#isAsking = false
      this.#settle(settled)
    })
  }

  #settle(outcome: LateOutcome): void {
    if (outcome.kind === 'close') this.#close(outcome)
    else if (outcome.kind === 'undecided') this.#connection.credentialsOnDenied('authentication', outcome.denial)
    else if (this.#connection.state === 'open') this.#authenticated()
  }

  #authenticated(): void {
    this.watchExpiry()
    const onAuthenticated = this.#onAuthenticated
    this.#onAuthenticated = null
    onAuthenticated?.()
  }

  #close({ code, reason, stage, denial }: CloseOutcome): void {
    this.#connection.credentialsOnDenied(stage, denial)
    this.#connection.close(code, reason)
  }
}
