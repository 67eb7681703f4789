import type { FastifyInstance } from 'fastify'
import { type ApiHost, createApiOn, type SluiceApi } from './api.ts'
import type { DependsFor } from './dependencies/dependency.ts'
import { SluiceError } from './errors.ts'
import type { RouteDefinition } from './handler/route-definition.ts'
import type { RouteOptions } from './handler/route-options.ts'
import { mountRoute } from './mount.ts'
import { resolveRouteOptions } from './options.ts'
import { sluice } from './plugin.ts'
import type { AuthBackend, Guard } from './security/ports.ts'
import { type SluiceServer, serverOf } from './server.ts'
import type { WebSocketConnection } from './upgrade/websocket-connection.ts'

/** Makes an api a Fastify plugin: its routes are mounted where it is registered, under the `prefix` given there. */
export type Mount = (instance: FastifyInstance, options: { prefix?: string }) => Promise<void>

// biome-ignore lint/complexity/noBannedTypes: an api begins without routes
type NoRoutes = {}

/** An api without an app. */
export type MountableApi<Routes = NoRoutes, Deps = unknown> = SluiceApi<Routes, Mount, Deps> & Mount

/**
 * Makes an api that collects routes in a module, to be mounted later with `app.register(api, { prefix })`. Where the app has not
 * registered Sluice, that does it.
 * @param options defaults for its routes
 * @throws SluiceError for an option that is wrong
 */
export function createApi<Values = unknown>(
  options: RouteOptions<readonly AuthBackend[], readonly Guard[], DependsFor<Values, WebSocketConnection>> = {},
): MountableApi<NoRoutes, Values> {
  resolveRouteOptions([options])
  const definitions: RouteDefinition[] = []
  const servers = new Set<SluiceServer>()

  async function mount(instance: FastifyInstance, { prefix = '' }: { prefix?: string }): Promise<void> {
    if (serverOf(instance) === undefined) await instance.register(sluice)
    assertReach(instance)
    const server = serverOf(instance) as SluiceServer
    servers.add(server)
    await instance.register(
      (child, _options, done) => {
        // Fastify does not catch what a plugin with a callback throws.
        try {
          for (const definition of definitions) mountRoute(server, child, definition, options, mount)
          done()
        } catch (error) {
          done(error as Error)
        }
      },
      { prefix },
    )
  }

  const host: ApiHost = {
    add(definition) {
      if (definitions.some(({ path }) => path === definition.path)) {
        throw new SluiceError('ERR_DUPLICATE_ROUTE', `the WebSocket route '${definition.path}' is declared twice`)
      }
      if (servers.size > 0) {
        throw new SluiceError(
          'ERR_INVALID_STATE',
          `the WebSocket route '${definition.path}' comes after its api was mounted`,
        )
      }
      definitions.push(definition)
    },
    servers: () => servers,
    owns: (connection) => connection.owner === mount,
    ownerOn: () => mount,
  }
  // Fastify must hand `mount` the app's own instance, where Sluice is to be registered, and not a child made for it.
  Object.assign(mount, { [Symbol.for('skip-override')]: true })
  return createApiOn(host, mount) as unknown as MountableApi<NoRoutes, Values>
}

/** There is one Sluice for each server, and its hooks reach no further than the instance that it is registered on. */
function assertReach(instance: FastifyInstance): void {
  if (instance.hasDecorator('api')) return
  throw new SluiceError(
    'ERR_ALREADY_REGISTERED',
    'Sluice is registered in another part of this app, and not on an instance above this one; register it on the app first',
  )
}
