import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { type DependencyRun, runWithDependencies } from '../dependencies/run-with-dependencies.ts'
import { isPending } from '../is-pending.ts'
import type { PathTemplate } from '../routing/path-template.ts'
import { withoutCredentials } from '../security/credentials.ts'
import { createDenial, type Denial, denialOfError } from '../security/denial.ts'
import { Handshake } from '../security/handshake.ts'
import { type Outcome, type Pipeline, runPipeline } from '../security/pipeline.ts'
import type { DenialStage } from '../security/stage.ts'
import { chooseAmong, readParams, type SubprotocolRules, type TypedParams } from '../upgrade/admission.ts'
import { checkUpgrade } from '../upgrade/check-upgrade.ts'
import type { ConnectionSettings } from '../upgrade/connection-settings.ts'
import { type HandshakeSettings, OpeningHandshake } from '../upgrade/opening-handshake.ts'
import { ServerConnection } from '../upgrade/server-connection.ts'
import { endFailedConnection, type HandlerObserver } from './error-boundary.ts'
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
  readonly observer: HandlerObserver
  /** What is to be run before the handler, if anything. */
  dependenciesOf(request: FastifyRequest): DependencyRun | null
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
      corsOrigin: corsOriginOf(reply),
    })
  }

  /** Decides and answers; an error on the way is answered too. */
  begin(): void {
    try {
      this.#decide()
    } catch (error) {
      this.#deny('handler', denialOfError(error))
    }
  }

  #decide(): void {
    const upgrade = checkUpgrade(this.#request.raw)
    if (!upgrade.ok) {
      this.#deny('upgrade', upgrade.denial)
      return
    }
    const offered = withoutCredentials(this.#route.connection.credentials.backends, upgrade.offer.subprotocols)
    this.#opening.offer(chooseAmong(this.#route.subprotocols, offered), upgrade.offer.extensions)
    const outcome = runPipeline(this.#route.pipeline, this.#handshake)
    if (!isPending(outcome)) {
      this.#decided(outcome)
      return
    }
    this.#opening.wait(() => this.#handshake.abort())
    outcome
      .then((settled) => this.#decided(settled))
      .catch((error: unknown) => this.#deny('handler', denialOfError(error)))
  }

  #decided(outcome: Outcome): void {
    if (outcome.kind === 'denied') this.#deny(outcome.stage, outcome.denial)
    if (outcome.kind !== 'admitted' || !this.#opening.isPending) return
    if (this.#route.subprotocols.requireSubprotocol && this.#opening.subprotocol === null) {
      this.#deny('subprotocol', createDenial('ERR_SUBPROTOCOL_REQUIRED'))
      return
    }
    const params = this.#handshake.inputs?.params ?? this.#handshake.params
    const { rawParams } = this.#readParams()
    const facts = { request: this.#request, route: this.#route.route, params, rawParams, handshake: this.#handshake }
    this.#run(new ServerConnection(this.#opening, facts, this.#route.connection))
  }

  #run(connection: ServerConnection): void {
    const { observer } = this.#route
    const dependencies = this.#route.dependenciesOf(this.#request)
    const run = () => this.#start(connection, dependencies)
    this.#opening.handOver(connection)
    if (this.#handshake.awaitsFirstMessage) {
      connection.acceptCredentials(run).catch((error: unknown) => endFailedConnection(connection, error, observer))
    } else {
      run()
    }
    if (connection.state === 'connecting') this.#opening.waitForHandler()
  }

  #start(connection: ServerConnection, dependencies: DependencyRun | null): void {
    if (dependencies === null) {
      this.#handle(connection, this.#route.observer)
      return
    }
    this.#opening.stage = 'dependencies'
    runWithDependencies(dependencies, connection, (observer) => {
      this.#opening.stage = 'handler'
      this.#handle(connection, observer)
    })
  }

  #handle(connection: ServerConnection, observer: HandlerObserver): void {
    runHandler(this.#route.handler, this.#route.instance, connection, observer)
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

/** What `@fastify/cors` has answered to the Origin header, in a hook before this one. */
function corsOriginOf(reply: FastifyReply): string | undefined {
  const origin = reply.getHeader('access-control-allow-origin')
  return typeof origin === 'string' ? origin : undefined
}
