import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from './clock.ts'
import { isSendableCloseCode } from './close-codes.ts'
import { ConnectionRegistry } from './connection/registry.ts'
import { SendBudget } from './connection/send-budget.ts'
import type { CloseEvent } from './connection/transport.ts'
import { HeldScopes } from './dependencies/held-scopes.ts'
import type { DependencyOverrides } from './dependencies/plan.ts'
import { Drain } from './drain.ts'
import { type DrainOptions, resolveDrainOptions } from './drain-options.ts'
import type { Engine } from './engine/engine.ts'
import { frameEngine } from './engine/frame-engine.ts'
import { createWsEngine } from './engine/ws-engine.ts'
import { CloseCodeError } from './errors.ts'
import type { HandlerObserver } from './handler/error-boundary.ts'
import type { RouteOptions } from './handler/route-options.ts'
import type { Log } from './log.ts'
import { withoutUndefined } from './option-checks.ts'
import {
  resolveRouteOptions,
  resolveServerOptions,
  routeOptionsOf,
  type ServerSettings,
  type SluiceOptions,
} from './options.ts'
import { RoomRegistry } from './rooms/room-registry.ts'
import { type PathReading, RoutePaths } from './route-paths.ts'
import type { Denial } from './security/denial.ts'
import { createDenialReporter, type DeniedHandshake } from './security/denial-reporter.ts'
import { type LintedRoute, type LintFacts, lintPolicies, type Warning } from './security/lint.ts'
import type { DenialStage } from './security/stage.ts'
import { StageCompiler, type StageSet } from './security/stage-compiler.ts'
import { observerOfHooks } from './server-hooks.ts'
import { RouteCounters, type SluiceStats, statsOf } from './stats.ts'
import type { ConnectionLifecycle } from './upgrade/connection-settings.ts'
import type { ServerConnection } from './upgrade/server-connection.ts'

/** Learns what happens on a server. The test client is one. */
export interface ServerObserver {
  connectionOnOpen?(connection: ServerConnection): void
  /** It is known who is there: at once, or when a token that comes as a message has been checked. */
  connectionOnAdmitted?(connection: ServerConnection): void
  connectionOnEnd?(connection: ServerConnection, event: CloseEvent): void
  /** The user's code begins to run: perhaps before the connection opens, perhaps never. */
  handlerOnStart?(connection: ServerConnection): void
  handlerOnError?(connection: ServerConnection, error: unknown): void
  /** The user's code has run to its end, be it long after that of the connection. */
  handlerOnEnd?(connection: ServerConnection): void
  handshakeOnDenied?(request: FastifyRequest, stage: DenialStage, denial: Denial): void
  /** What stands in for dependencies while this request is served. */
  overridesFor?(request: FastifyRequest): DependencyOverrides | undefined
}

/** What all Sluice routes of one Fastify server share. */
export class SluiceServer implements ConnectionLifecycle, HandlerObserver {
  readonly settings: ServerSettings
  readonly log: Log
  readonly defaults: RouteOptions
  readonly engine: Engine
  readonly connections = new ConnectionRegistry<ServerConnection>()
  readonly rooms = new RoomRegistry<ServerConnection>()
  readonly observers = new Set<ServerObserver>()
  readonly scopes = new HeldScopes()
  /** What all connections may hold for slow peers together. */
  readonly budget: SendBudget
  /** The paths of all routes, for plain HTTP requests on them. */
  readonly paths: RoutePaths
  readonly #counters = new Map<string, RouteCounters>()
  readonly #report: (denied: DeniedHandshake) => void
  readonly #stages: StageCompiler
  readonly #policies: LintedRoute[] = []
  /** Connections that were opened and whose handler runs. */
  readonly #handled = new Set<ServerConnection>()
  readonly #drains = new Map<object, { readonly drain: Drain; readonly done: Promise<void> }>()

  /** @param router how Fastify's router reads paths */
  constructor(options: SluiceOptions, log: Log, router?: PathReading) {
    this.paths = new RoutePaths(router)
    this.log = log
    this.settings = resolveServerOptions(options)
    const { clock, rateStore, onDenied } = this.settings
    this.#report = createDenialReporter(clock, log, onDenied)
    this.#stages = new StageCompiler({ clock, log, rateStore })
    const hooks = observerOfHooks(options)
    if (hooks !== undefined) this.observers.add(hooks)
    this.budget = new SendBudget(this.settings.maxBufferedBytes)
    this.defaults = routeOptionsOf(options)
    resolveRouteOptions([this.defaults])
    this.engine = this.settings.engine === 'ws' ? createWsEngine() : frameEngine
  }

  get clock(): Clock {
    return this.settings.clock
  }

  get stats(): SluiceStats {
    return statsOf(this.#counters, this.budget.total)
  }

  /** The counters of a route, by its path template. */
  countersOf(route: string): RouteCounters {
    const counters = this.#counters.get(route) ?? new RouteCounters()
    this.#counters.set(route, counters)
    return counters
  }

  /** The stages of a route. What the route is goes to the lint. */
  compile(route: LintedRoute, owner: object): StageSet {
    this.#policies.push(route)
    return this.#stages.compile(route.policy, () => this.isDraining(owner))
  }

  /** What is legal and dangerous in the routes so far. */
  lint(facts: LintFacts): Warning[] {
    return lintPolicies(this.#policies, facts, this.settings.silencedWarnings)
  }

  /** Closes every connection of a user. @returns how many there were @throws CloseCodeError for a code that may not be sent */
  disconnectUser(userId: string, { code = 4401, reason = '' }: { code?: number; reason?: string } = {}): number {
    if (!isSendableCloseCode(code)) throw new CloseCodeError(code)
    const isTheirs = ({ auth, state }: ServerConnection) => state === 'open' && auth?.userId === userId
    const connections = Array.from(this.connections).filter(isTheirs)
    for (const connection of connections) void connection.close(code, reason)
    return connections.length
  }

  /**
   * Denies new handshakes, closes connections, and waits for the last of them, for their handlers and for what dependencies made to
   * be disposed of. Once for each owner: what comes later waits for the first.
   * @param owner the api whose routes these are; by default all
   */
  async drain(options: DrainOptions = {}, owner: object = this): Promise<void> {
    const settings = resolveDrainOptions({ ...this.settings.drain, ...withoutUndefined(options) })
    const running = this.#drains.get(owner)
    if (running !== undefined) return running.done
    const isTheirs = (connection: ServerConnection) => owner === this || connection.owner === owner
    const all = new Set([...this.connections, ...this.#handled])
    const drain = new Drain(settings, this, Array.from(all).filter(isTheirs))
    const { promise: done, resolve } = Promise.withResolvers<void>()
    this.#drains.set(owner, { drain, done })
    await drain.run(() => this.scopes.whenNone())
    resolve()
  }

  /** Whether new handshakes on the routes of this api are denied. */
  isDraining(owner: object): boolean {
    return this.#drains.has(this) || this.#drains.has(owner)
  }

  /** Only tests override dependencies, each for its own requests. */
  overridesFor(request: FastifyRequest): DependencyOverrides | undefined {
    for (const observer of this.observers) {
      const overrides = observer.overridesFor?.(request)
      if (overrides !== undefined) return overrides
    }
    return undefined
  }

  connectionOnOpen(connection: ServerConnection): void {
    this.countersOf(connection.route).opened()
    this.connections.add(connection)
    if (!connection.awaitsCredentials) this.#handled.add(connection)
    for (const { drain } of this.#drainsOf(connection)) drain.add(connection)
    for (const observer of this.observers) observer.connectionOnOpen?.(connection)
  }

  connectionOnAdmitted(connection: ServerConnection): void {
    for (const observer of this.observers) observer.connectionOnAdmitted?.(connection)
  }

  connectionOnEnd(connection: ServerConnection, event: CloseEvent): void {
    if (this.connections.delete(connection)) this.countersOf(connection.route).ended(event)
    for (const observer of this.observers) observer.connectionOnEnd?.(connection, event)
    this.#endIfDone(connection)
  }

  handlerOnStart(connection: ServerConnection): void {
    // One that awaited its credentials is open before its handler starts.
    if (connection.state === 'open') this.#handled.add(connection)
    for (const observer of this.observers) observer.handlerOnStart?.(connection)
  }

  handlerOnError(connection: ServerConnection, error: unknown): void {
    this.countersOf(connection.route).handlerErrors++
    for (const observer of this.observers) observer.handlerOnError?.(connection, error)
  }

  handlerOnEnd(connection: ServerConnection): void {
    this.#handled.delete(connection)
    this.#endIfDone(connection)
    for (const observer of this.observers) observer.handlerOnEnd?.(connection)
  }

  handshakeOnDenied(request: FastifyRequest, stage: DenialStage, denial: Denial, route: string): void {
    this.countersOf(route).handshakeDenied(stage, denial)
    this.#report({ request, stage, denial, route })
    for (const observer of this.observers) observer.handshakeOnDenied?.(request, stage, denial)
  }

  credentialsOnDenied({ request, route }: ServerConnection, stage: DenialStage, denial: Denial): void {
    this.countersOf(route).credentialsDenied(stage, denial)
    this.#report({ stage, denial, route, request })
  }

  *#drainsOf({ owner }: ServerConnection): Generator<{ readonly drain: Drain }> {
    for (const [theirs, drain] of this.#drains) {
      if (theirs === this || theirs === owner) yield drain
    }
  }

  /** A handler may go on after its connection, and a connection after its handler. */
  #endIfDone(connection: ServerConnection): void {
    if (this.#drains.size === 0 || this.#handled.has(connection) || this.connections.has(connection)) return
    for (const { drain } of this.#drains.values()) drain.delete(connection)
  }
}

const servers = new WeakMap<FastifyInstance['server'], SluiceServer>()

/** The Sluice server of a Fastify instance, if the plugin was registered on it. */
export function serverOf(instance: FastifyInstance): SluiceServer | undefined {
  return servers.get(instance.server)
}

export function setServer(instance: FastifyInstance, server: SluiceServer): void {
  servers.set(instance.server, server)
}
