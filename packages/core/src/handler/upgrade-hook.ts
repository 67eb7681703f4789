import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { PathTemplate } from '../routing/path-template.ts'
import { type Denial, denialOfError } from '../security/denial.ts'
import { Handshake } from '../security/handshake.ts'
import { type Outcome, type Pipeline, runPipeline } from '../security/pipeline.ts'
import { type DenialStage, isPending } from '../security/stage.ts'
import {
  negotiateSubprotocol,
  readParams,
  type SubprotocolChoice,
  type SubprotocolRules,
  type TypedParams,
} from '../upgrade/admission.ts'
import { checkUpgrade } from '../upgrade/check-upgrade.ts'
import { type HandshakeSettings, OpeningHandshake } from '../upgrade/opening-handshake.ts'
import { type ConnectionFacts, type ConnectionSettings, ServerConnection } from '../upgrade/server-connection.ts'
import type { ErrorObserver } from './error-boundary.ts'
import type { RouteHandler } from './route-handler.ts'
import { runHandler } from './run-handler.ts'

/** A route, resolved: what its upgrade requests meet. */
export interface UpgradeRoute {
  /** The path template with its prefix. */
  readonly route: string
  readonly instance: FastifyInstance
  readonly template: PathTemplate
  readonly pipeline: Pipeline
  readonly subprotocols: SubprotocolRules
  readonly handshake: HandshakeSettings
  readonly connection: ConnectionSettings
  readonly handler: RouteHandler
  readonly observer: ErrorObserver
}

type UpgradeHook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

/**
 * The last pre-handler hook of a route. It ends when the user's handler calls `accept`, and Fastify goes on to the upgrade;
 * or the handshake is answered here, and Fastify goes no further.
 */
export function createUpgradeHook(route: UpgradeRoute): UpgradeHook {
  return (request, reply, done) => new Upgrade(route, request, reply, done).begin()
}

/** One upgrade request: through the stages, then to the handler. */
class Upgrade {
  readonly #route: UpgradeRoute
  readonly #request: FastifyRequest
  readonly #opening: OpeningHandshake
  readonly #handshake: Handshake
  #typed: TypedParams | null = null
  #offered: readonly string[] = []

  constructor(route: UpgradeRoute, request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
    this.#route = route
    this.#request = request
    this.#opening = new OpeningHandshake(route.handshake, request, reply, done)
    this.#handshake = new Handshake({
      request,
      route: route.route,
      readParams: () => this.#readParams().params,
      clock: route.handshake.clock,
      timeout: route.handshake.handshakeTimeout,
    })
  }

  begin(): void {
    const upgrade = checkUpgrade(this.#request.raw)
    if (!upgrade.ok) {
      this.#deny('upgrade', upgrade.denial)
      return
    }
    this.#offered = upgrade.offer.subprotocols
    const outcome = runPipeline(this.#route.pipeline, this.#handshake)
    if (!isPending(outcome)) {
      this.#decided(outcome)
      return
    }
    this.#opening.wait(() => this.#handshake.abort())
    outcome.then(
      (settled) => this.#decided(settled),
      (error: unknown) => this.#deny('handler', denialOfError(error)),
    )
  }

  #decided(outcome: Outcome): void {
    if (outcome.kind === 'denied') this.#deny(outcome.stage, outcome.denial)
    if (outcome.kind !== 'admitted' || !this.#opening.isPending) return
    const choice = negotiateSubprotocol(this.#route.subprotocols, this.#offered)
    if ('code' in choice) this.#deny('subprotocol', choice)
    else this.#run(new ServerConnection(this.#opening, this.#facts(), this.#route.connection), choice)
  }

  #run(connection: ServerConnection, choice: SubprotocolChoice): void {
    this.#opening.handOver(connection, choice)
    runHandler(this.#route.handler, this.#route.instance, connection, this.#route.observer)
    if (connection.state === 'connecting') this.#opening.wait()
  }

  #facts(): ConnectionFacts {
    const { params, rawParams } = this.#readParams()
    const { auth } = this.#handshake
    return { request: this.#request, route: this.#route.route, params, rawParams, auth, admission: this.#handshake }
  }

  #readParams(): TypedParams {
    this.#typed ??= readParams(this.#route.template, this.#request)
    return this.#typed
  }

  #deny(stage: DenialStage, denial: Denial): void {
    this.#handshake.deny()
    this.#opening.denyWith(stage, denial)
  }
}
