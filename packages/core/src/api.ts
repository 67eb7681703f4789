import { BUILT_IN_CONVERTERS } from './coercion/converters.ts'
import type { DependsFor, DepsWith, UnknownDeps } from './dependencies/dependency.ts'
import { SluiceError } from './errors.ts'
import type { CallbacksOrBatch } from './handler/batch.ts'
import { assertHandler, defineRoute, defineTurboRoute, type RouteDefinition } from './handler/route-definition.ts'
import type { Handler } from './handler/route-handler.ts'
import type { RouteOptions } from './handler/route-options.ts'
import type { TurboOptions } from './handler/turbo.ts'
import { type DrainOptions, resolveRouteOptions } from './options.ts'
import type { PathParams } from './routing/path-params.ts'
import { parsePathTemplate } from './routing/path-template.ts'
import type { AuthOf } from './security/auth-types.ts'
import type { AuthBackend, Guard } from './security/ports.ts'
import type { SluiceServer, SluiceStats } from './server.ts'
import type { ServerConnection } from './upgrade/server-connection.ts'
import type { WebSocketConnection } from './upgrade/websocket-connection.ts'

/** The connection of a route with this path, these backends, these guards and what its dependencies make. */
export type ConnectionOn<
  Path extends string,
  Backends extends readonly AuthBackend[] = readonly [],
  Guards extends readonly Guard[] = readonly [],
  Deps = UnknownDeps,
> = WebSocketConnection<{ params: PathParams<Path>; auth: AuthOf<Backends, Guards>; deps: Deps }>

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
    handler: Handler<ConnectionOn<Path, readonly [], readonly [], DepsWith<Deps, unknown>>, PathParams<Path>>,
  ): SluiceApi<Routes & { readonly [P in Path]: PathParams<Path> }, Mount, Deps> & Mount
  websocket<
    const Path extends string,
    const Backends extends readonly AuthBackend[] = readonly [],
    const Guards extends readonly Guard[] = readonly [],
    Values = unknown,
  >(
    path: Path,
    options: RouteOptions<Backends, Guards, DependsFor<Values, ConnectionOn<Path, Backends, Guards>>>,
    handler: Handler<ConnectionOn<Path, Backends, Guards, DepsWith<Deps, Values>>, PathParams<Path>>,
  ): SluiceApi<Routes & { readonly [P in Path]: PathParams<Path> }, Mount, Deps> & Mount
  /** Declares a route in callback style, which accepts by itself, or in batch style: with messages handed over together. */
  websocket<
    const Path extends string,
    const Backends extends readonly AuthBackend[] = readonly [],
    const Guards extends readonly Guard[] = readonly [],
    Values = unknown,
  >(
    path: Path,
    options: RouteOptions<Backends, Guards, DependsFor<Values, ConnectionOn<Path, Backends, Guards>>> &
      CallbacksOrBatch<ConnectionOn<Path, Backends, Guards, DepsWith<Deps, Values>>, PathParams<Path>>,
  ): SluiceApi<Routes & { readonly [P in Path]: PathParams<Path> }, Mount, Deps> & Mount
  /**
   * Declares a route that runs no code of yours for a message: an echo, or a broadcast to a room.
   * @throws SluiceError at once for a path or an option that is wrong, and for a handler
   */
  turboWebsocket<const Path extends string>(
    path: Path,
    options: TurboOptions & Omit<RouteOptions, 'onWrongType' | 'onInvalidJson'>,
  ): SluiceApi<Routes & { readonly [P in Path]: PathParams<Path> }, Mount, Deps> & Mount
  readonly connections: OpenConnections
  stats(): SluiceStats
  /** Closes every connection of a user. @returns how many there were. @default code 4401 */
  disconnectUser(userId: string, options?: { readonly code?: number; readonly reason?: string }): number
  /** Denies new handshakes with 503, closes every connection and waits for the last. `app.close()` does it too. */
  drain(options?: DrainOptions): Promise<void>
}

/** Where an api's routes go, and which servers and connections are its own. */
export interface ApiHost {
  add(definition: RouteDefinition): void
  servers(): Iterable<SluiceServer>
  owns(connection: ServerConnection): boolean
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
    stats: () => sumStats(host),
    disconnectUser: (userId: string, options?: { code?: number; reason?: string }) =>
      Array.from(host.servers(), (server) => server.disconnectUser(userId, options)).reduce(
        (sum, count) => sum + count,
        0,
      ),
    async drain(options?: DrainOptions) {
      await Promise.all(Array.from(host.servers(), (server) => server.drain(options)))
    },
  }
  return Object.assign(target, methods) as Target & SluiceApi
}

/** What can be said of a route before it is mounted: everything but converters of the plugin's options. */
function assertDefinition({ path, options, handler }: RouteDefinition): void {
  resolveRouteOptions([options])
  try {
    assertHandler(handler, parsePathTemplate(path, new Map(Object.entries(BUILT_IN_CONVERTERS))))
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

function sumStats(host: ApiHost): SluiceStats {
  const sum = { open: 0, accepted: 0, denied: 0, closed: 0, handlerErrors: 0 }
  for (const { stats } of host.servers()) {
    sum.open += stats.open
    sum.accepted += stats.accepted
    sum.denied += stats.denied
    sum.closed += stats.closed
    sum.handlerErrors += stats.handlerErrors
  }
  return sum
}
