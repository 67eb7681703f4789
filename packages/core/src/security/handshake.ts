import type { Clock, Timer } from '../clock.ts'
import type { ReadInputs } from '../coercion/input.ts'
import type { AuthBackend, AuthContext, UpgradeRequest } from './ports.ts'
import type { Lease, UpgradeContext } from './stage.ts'

/** Why a handshake ended without an answer from its stage. */
export type Interruption = 'aborted' | 'timedOut'

export interface HandshakeInput {
  readonly request: UpgradeRequest
  /** The route's path template. */
  readonly route: string
  /** Coerces the params; throws a `DenialError` when they are wrong. Called at most once, when first needed. */
  readonly readParams: () => Readonly<Record<string, unknown>>
  readonly clock: Clock
  /** Milliseconds from now until the 101 must be out. */
  readonly timeout: number
  /** What `@fastify/cors` answered, for routes with `allowedOrigins: 'cors'`. */
  readonly corsOrigin?: string | undefined
  /** Whether messages follow, as they do after an upgrade but not after an HTTP request. @default true */
  readonly hasMessages?: boolean
}

/** One handshake on its way, and the leases that it and then its connection hold. */
export class Handshake implements UpgradeContext {
  readonly request: UpgradeRequest
  readonly route: string
  readonly corsOrigin: string | undefined
  readonly hasMessages: boolean
  auth: AuthContext | null = null
  inputs: ReadInputs | null = null
  backend: AuthBackend | null = null
  awaitsFirstMessage = false
  firstToken: string | null = null

  readonly #clock: Clock
  #deadline: number
  #readParams: (() => Readonly<Record<string, unknown>>) | undefined
  #params: Readonly<Record<string, unknown>> = NO_PARAMS
  #leases: Lease[] = []
  #hasEnded = false
  #interruption: Interruption | undefined
  #interruptWait: ((interruption: Interruption) => void) | undefined
  #timer: Timer | undefined
  #supersede: (() => void) | undefined

  constructor(input: HandshakeInput) {
    this.request = input.request
    this.route = input.route
    this.corsOrigin = input.corsOrigin
    this.hasMessages = input.hasMessages ?? true
    this.#readParams = input.readParams
    this.#clock = input.clock
    this.#deadline = input.clock.now() + input.timeout
  }

  get params(): Readonly<Record<string, unknown>> {
    if (this.#readParams !== undefined) {
      this.#params = this.#readParams()
      this.#readParams = undefined
    }
    return this.#params
  }

  /** Set once the peer has gone or the time is up: nothing may be sent or begun for this handshake any more. */
  get interruption(): Interruption | undefined {
    return this.#interruption
  }

  hold(lease: Lease): void {
    if (this.#hasEnded) {
      lease.release()
      return
    }
    this.#leases.push(lease)
    if (this.#supersede !== undefined) lease.confirm?.(this.#supersede)
  }

  /** Waits for a step of the handshake, but no longer than the peer stays and the time allows. */
  waitFor<T extends object | undefined>(step: Promise<T>): Promise<T | Interruption> {
    if (this.#deadline !== Infinity) {
      this.#timer ??= this.#clock.setTimeout(() => this.#interrupt('timedOut'), this.#deadline - this.#clock.now())
    }
    return new Promise((resolve, reject) => {
      this.#interruptWait = resolve
      if (this.#interruption !== undefined) resolve(this.#interruption)
      step.then(resolve, reject)
    })
  }

  /** The peer has gone. */
  abort(): void {
    this.#interrupt('aborted')
  }

  /** The 101 is out: the time limit is lifted, and `supersede` is called should a newer connection take the place. */
  open(supersede: () => void): void {
    this.#timer?.cancel()
    this.#deadline = Infinity
    this.#supersede = supersede
    for (const lease of this.#leases) lease.confirm?.(supersede)
  }

  /** The answer is no. An open connection keeps its leases until it has closed. */
  deny(): void {
    if (this.#supersede === undefined) this.end()
  }

  /** The handshake was denied or the connection is gone. Gives back every lease, once. */
  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
    for (const lease of this.#leases) lease.release()
    this.#leases = []
  }

  #interrupt(interruption: Interruption): void {
    if (this.#interruption !== undefined || this.#hasEnded) return
    this.#interruption = interruption
    this.#interruptWait?.(interruption)
  }
}

const NO_PARAMS = Object.freeze(Object.create(null) as Record<string, unknown>)
