import { assertParamsInPath } from './coercion/compile-inputs.ts'
import { BUILT_IN_CONVERTERS } from './coercion/converters.ts'
import type { DependsFor, DepsWith } from './dependencies/dependency.ts'
import type { DrainOptions } from './drain-options.ts'
import { SluiceError } from './errors.ts'
import type { CallbacksOrBatch } from './handler/batch.ts'
import type { DispatchOptions } from './handler/message-options.ts'
import { assertHandler, defineRoute, defineTurboRoute, type RouteDefinition } from './handler/route-definition.ts'
import type { Handler } from './handler/route-handler.ts'
import type {
  ConnectionOn,
  DeliveredOn,
  ParamsOn,
  ReceivedOn,
  RouteTypes,
  WebSocketRouteOptions,
} from './handler/route-types.ts'
import type { TurboOptions } from './handler/turbo.ts'
import { resolveRouteOptions } from './options.ts'
import { parsePathTemplate } from './routing/path-template.ts'
import type { Schema } from './schema/schema.ts'
import type { AuthBackend, Guard } from './security/ports.ts'
import type { SluiceServer } from './server.ts'
import { type SluiceStats, sumStats } from './stats.ts'
import type { ServerConnection } from './upgrade/server-connection.ts'
import type { WebSocketConnection } from './upgrade/websocket-connection.ts'

/** The open connections of an api. Iterating goes over those that are open at that moment. */
export interface OpenConnections extends Iterable<WebSocketConnection> {
  readonly size: number
  /** How many are open on each route, by path template. */
  byRoute(): Map<string, number>
}

/**
 * Declares WebSocket routes. `app.api` is one, and so is what `createApi` makes.
 * `Routes` accumulates in chained calls; `Mount` is what makes an api a Fastify plugin, where it is one; `Deps` is what its own
 * `depends` make.
 */
// biome-ignore lint/complexity/noBannedTypes: an api begins without routes
export interface SluiceApi<Routes = {}, Mount = unknown, Deps = unknown> {
  /** Type only: the params of each route, by path. */
  readonly routes?: Routes
  /**
   * Declares a route in handler style.
   * @param path segments of text, `{name}`, `{name:converter}` or `:name`
   * @param handler runs for each connection; `params` are typed from the path
   * @throws SluiceError at once for a path, an option or a handler that is wrong
   */
  websocket<const Path extends string>(
    path: Path,
    handler: HandlerOn<Path, WithDeps<unknown, Deps, unknown>>,
  ): Declared<Routes, Mount, Deps, Path, unknown>
  websocket<
    const Path extends string,
    const Backends extends readonly AuthBackend[] = readonly [],
    const Guards extends readonly Guard[] = readonly [],
    Params extends Schema = never,
    Query extends Schema = never,
    Headers extends Schema = never,
    Cookies extends Schema = never,
    Values = unknown,
    Receive extends Schema = never,
    Send extends Schema = never,
  >(
    path: Path,
    options: OptionsOn<Path, Given<Backends, Guards, Params, Query, Headers, Cookies, Receive, Send>, Values>,
    handler: HandlerOn<
      Path,
      WithDeps<Given<Backends, Guards, Params, Query, Headers, Cookies, Receive, Send>, Deps, Values>
    >,
  ): Declared<Routes, Mount, Deps, Path, { params: Params }>
  /** Declares a route in callback style, which accepts by itself, or in batch style: with messages handed over together. */
  websocket<
    const Path extends string,
    const Backends extends readonly AuthBackend[] = readonly [],
    const Guards extends readonly Guard[] = readonly [],
    Params extends Schema = never,
    Query extends Schema = never,
    Headers extends Schema = never,
    Cookies extends Schema = never,
    Values = unknown,
    Receive extends Schema = never,
    Send extends Schema = never,
    const Discriminator extends string = 'type',
  >(
    path: Path,
    options: OptionsOn<Path, Given<Backends, Guards, Params, Query, Headers, Cookies, Receive, Send>, Values> &
      CallbacksOn<
        Path,
        WithDeps<Given<Backends, Guards, Params, Query, Headers, Cookies, Receive, Send>, Deps, Values>,
        Discriminator
      >,
  ): Declared<Routes, Mount, Deps, Path, { params: Params }>
  /**
   * Declares a route that runs no code of yours for a message: an echo, or a broadcast to a room.
   * @throws SluiceError at once for a path or an option that is wrong, and for a handler
   */
  turboWebsocket<const Path extends string>(
    path: Path,
    options: TurboOptions &
      Omit<WebSocketRouteOptions, 'onWrongType' | 'onInvalidJson' | 'messages' | 'onInvalidMessage' | 'codec'>,
  ): Declared<Routes, Mount, Deps, Path, unknown>
  readonly connections: OpenConnections
  stats(): SluiceStats
  /** Closes every connection of a user. @returns how many there were. @default code 4401 */
  disconnectUser(userId: string, options?: { readonly code?: number; readonly reason?: string }): number
  /**
   * Whether new handshakes are taken: once the api is mounted, until a drain begins. For the answer to a readiness probe. While
   * `app.close()` waits, Fastify answers every request with 503 by itself.
   */
  readonly isReady: boolean
  /**
   * Shuts down gracefully: new handshakes get 503, `ws.signal` aborts, handlers finish what they are at, connections are closed in
   * batches, and at the end of the timeout whatever is left is cut. Resolves when it is over. `app.close()` does it too.
   */
  drain(options?: DrainOptions): Promise<void>
}

/** The generics of `api.websocket` by the names of the options that they are inferred from. */
interface Given<
  Backends extends readonly AuthBackend[],
  Guards extends readonly Guard[],
  Params extends Schema,
  Query extends Schema,
  Headers extends Schema,
  Cookies extends Schema,
  Receive extends Schema,
  Send extends Schema,
> {
  readonly auth: Backends
  readonly guards: Guards
  readonly params: Params
  readonly query: Query
  readonly headers: Headers
  readonly cookies: Cookies
  readonly receive: Receive
  readonly send: Send
}

/** Dependencies are given the connection that they are made for, before there are any on it. */
type OptionsOn<Path extends string, Types extends RouteTypes, Values> = WebSocketRouteOptions<
  Types,
  DependsFor<Values, ConnectionOn<Path, Types>>
>
type WithDeps<Types, Outer, Values> = Types & { readonly deps: DepsWith<Outer, Values> }
type HandlerOn<Path extends string, Types> = Handler<ConnectionOn<Path, Types>, ParamsOn<Path, Types>>
type CallbacksOn<Path extends string, Types, Discriminator extends string> = CallbacksOrBatch<
  ConnectionOn<Path, Types>,
  ParamsOn<Path, Types>,
  DeliveredOn<Types>
> & { messages?: DispatchOptions<ConnectionOn<Path, Types>, ReceivedOn<Types>, Discriminator> }
/** The api with one route more. */
type Declared<Routes, Mount, Deps, Path extends string, Types> = SluiceApi<
  Routes & { readonly [P in Path]: ParamsOn<Path, Types> },
  Mount,
  Deps
> &
  Mount

/** Where an api's routes go, and which servers and connections are its own. */
export interface ApiHost {
  add(definition: RouteDefinition): void
  servers(): Iterable<SluiceServer>
  owns(connection: ServerConnection): boolean
  /** What the server knows this api's routes by. */
  ownerOn(server: SluiceServer): object
}

/** Gives an object the methods of an api. */
export function createApiOn<Target extends object>(host: ApiHost, target: Target): Target & SluiceApi {
  const methods = {
    websocket(path: string, second: unknown, third?: unknown) {
      const definition = defineRoute(path, second, third)
      assertDefinition(definition)
      host.add(definition)
      return target
    },
    turboWebsocket(path: string, options: unknown, ...others: unknown[]) {
      const definition = defineTurboRoute(path, options, ...others)
      assertDefinition(definition)
      host.add(definition)
      return target
    },
    connections: createOpenConnections(host),
    stats: () => sumStats(Array.from(host.servers(), ({ stats }) => stats)),
    disconnectUser: (userId: string, options?: { code?: number; reason?: string }) =>
      Array.from(host.servers(), (server) => server.disconnectUser(userId, options)).reduce(
        (sum, count) => sum + count,
        0,
      ),
    async drain(options?: DrainOptions) {
      await Promise.all(Array.from(host.servers(), (server) => server.drain(options, host.ownerOn(server))))
    },
  }
  Object.defineProperty(target, 'isReady', { get: () => isReady(host) })
  return Object.assign(target, methods) as Target & SluiceApi
}

function isReady(host: ApiHost): boolean {
  const servers = Array.from(host.servers())
  return servers.length > 0 && !servers.some((server) => server.isDraining(host.ownerOn(server)))
}

/** What can be said of a route before it is mounted: everything but converters of the plugin's options. */
function assertDefinition({ path, options, inputs, handler }: RouteDefinition): void {
  resolveRouteOptions([options])
  try {
    const template = parsePathTemplate(path, new Map(Object.entries(BUILT_IN_CONVERTERS)))
    assertHandler(handler, template)
    assertParamsInPath(inputs, template)
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'ERR_UNKNOWN_CONVERTER') throw error
  }
}

function createOpenConnections(host: ApiHost): OpenConnections {
  function* own(): Generator<ServerConnection> {
    for (const server of host.servers()) {
      for (const connection of server.connections) {
        // What is sent to all of them must reach nobody who has not said yet who he is.
        if (host.owns(connection) && !connection.awaitsCredentials) yield connection
      }
    }
  }
  return {
    get size() {
      let size = 0
      for (const _ of own()) size++
      return size
    },
    byRoute() {
      const counts = new Map<string, number>()
      for (const { route } of own()) counts.set(route, (counts.get(route) ?? 0) + 1)
      return counts
    },
    [Symbol.iterator]: () => Array.from(own()).values(),
  }
}
