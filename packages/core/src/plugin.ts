import type { IncomingMessage } from 'node:http'
import fastifyWebsocket from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions as FastifyRouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { createApiOn, type SluiceApi } from './api.ts'
import { systemClock } from './clock.ts'
import { SluiceError } from './errors.ts'
import { fastifyOptionsOf } from './fastify-options.ts'
import type { RouteDefinition } from './handler/route-definition.ts'
import { mountRoute, UPGRADE_CONSTRAINT } from './mount.ts'
import type { SluiceOptions } from './options.ts'
import type { AuthContext } from './security/ports.ts'
import { SluiceServer, serverOf, setServer } from './server.ts'
import { checkUpgrade, denialOf, upgradeRequired } from './upgrade/check-upgrade.ts'
import { responseOf, sendDenial } from './upgrade/denial-response.ts'
import { handshakeOf } from './upgrade/opening-handshake.ts'
import { answerStrayUpgrades } from './upgrade/stray-upgrades.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The WebSocket routes of this instance: its prefix and its hooks apply to them. */
    readonly api: SluiceApi
  }
  interface FastifyRequest {
    /** What `protect` proved about the client. */
    auth: AuthContext | null
  }
}

/**
 * The Fastify plugin: `await app.register(sluice, options)` gives `app.api`. Once for each server.
 * @throws SluiceError `ERR_ALREADY_REGISTERED`, `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`
 */
export const sluice = fp(register, { fastify: '5.x', name: '@sluice/core' })

async function register(instance: FastifyInstance, options: SluiceOptions): Promise<void> {
  if (serverOf(instance) !== undefined) {
    throw new SluiceError('ERR_ALREADY_REGISTERED', 'Sluice is registered on this server already')
  }
  const server = new SluiceServer(options, instance.log, fastifyOptionsOf(instance).routerOptions)
  setServer(instance, server)
  const isShared = instance.hasDecorator('websocketServer')
  if (!isShared) await instance.register(fastifyWebsocket)

  wrapHandleUpgrade(instance)
  instance.addConstraintStrategy(upgradeConstraint)
  decorateApi(instance, server)
  denyUpgradesElsewhere(instance, isShared)
  answerOtherRequests(instance, server)
  endStrayUpgrades(instance, server)
  if (!instance.hasRequestDecorator('auth')) instance.decorateRequest('auth', null)
  instance.addHook('preClose', () => drainBefore(instance, server))
  instance.addHook('onReady', async () => logWarnings(instance, server))
}

/** A moment before Fastify would call the hook overdue. */
const HOOK_MARGIN = 500

/**
 * Waits for a drain as long as Fastify lets a hook wait, which is `pluginTimeout`. What is open then still keeps the server from being
 * closed, and with it `app.close()` waiting.
 */
async function drainBefore(instance: FastifyInstance, server: SluiceServer): Promise<void> {
  const { pluginTimeout = 10_000 } = instance.initialConfig
  if (pluginTimeout === 0) return server.drain()
  const overdue = Promise.withResolvers<void>()
  const timer = systemClock.setTimeout(overdue.resolve, Math.max(pluginTimeout - HOOK_MARGIN, 0))
  await Promise.race([server.drain(), overdue.promise])
  timer.cancel()
}

/** The start-up lint: each finding once, with its code. */
function logWarnings(instance: FastifyInstance, server: SluiceServer): void {
  for (const { code, text, routes } of server.lint({
    trustsEveryProxy: fastifyOptionsOf(instance).trustProxy === true,
  })) {
    instance.log.warn({ code, routes }, text)
  }
}

/** Writes the 101 of Sluice routes ourselves; the upgrades of other routes stay with ws. */
function wrapHandleUpgrade({ websocketServer }: FastifyInstance): void {
  const handleUpgrade = websocketServer.handleUpgrade.bind(websocketServer)
  websocketServer.handleUpgrade = (request, socket, head, callback) => {
    const handshake = handshakeOf(request)
    if (handshake === undefined) handleUpgrade(request, socket, head, callback)
    else handshake.complete(socket, head)
  }
}

/** Sends upgrade requests to Sluice routes, so that an HTTP route can stand on the same path. */
const upgradeConstraint = {
  name: UPGRADE_CONSTRAINT,
  mustMatchWhenDerived: false,
  storage() {
    let handler: unknown = null
    return {
      get: () => handler as never,
      set: (_value: unknown, given: unknown) => {
        handler = given
      },
    }
  },
  // A constraint that derives to undefined is not asked for.
  deriveConstraint: (request: IncomingMessage) => (request.headers.upgrade === undefined ? undefined : true),
} as const

function decorateApi(instance: FastifyInstance, server: SluiceServer): void {
  const apis = new WeakMap<FastifyInstance, SluiceApi>()
  instance.decorate('api', {
    getter() {
      const given = this as FastifyInstance
      const api = apis.get(given) ?? createInstanceApi(given, server)
      apis.set(given, api)
      return api
    },
  })
}

function createInstanceApi(instance: FastifyInstance, server: SluiceServer): SluiceApi {
  const host = {
    add: (definition: RouteDefinition) => mountRoute(server, instance, definition, {}, server),
    servers: () => [server],
    owns: () => true,
    ownerOn: () => server,
  }
  return createApiOn(host, {})
}

/** What an upgrade request on a route means. */
const kRouteKind = Symbol('sluice.routeKind')

/**
 * Without this, `@fastify/websocket` upgrades on every route and then closes.
 * @param isShared the app registered it, so that routes declared before Sluice may be WebSocket routes of its own
 */
function denyUpgradesElsewhere(instance: FastifyInstance, isShared: boolean): void {
  instance.addHook('onRoute', (route: FastifyRouteOptions) => {
    const isWebSocketRoute = route.websocket === true || route.wsHandler !== undefined
    route.config = { ...route.config, [kRouteKind]: isWebSocketRoute ? 'websocket' : 'plain' } as never
  })
  instance.addHook('onRequest', (request, reply, done) => {
    if (request.ws && !request.is404) {
      const kind = (request.routeOptions.config as { [kRouteKind]?: string })[kRouteKind]
      if (kind === 'plain' || (kind === undefined && !isShared)) {
        reply.callNotFound()
        return
      }
    }
    done()
  })
}

/** On a path that only has a WebSocket route, a plain GET (RFC 9110 section 15.5.22) or an upgrade by another method is told so. */
function answerOtherRequests(instance: FastifyInstance, { paths }: SluiceServer): void {
  instance.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const isGet = request.method === 'GET'
    if (!request.is404 || request.ws === isGet || !paths.has(request.url)) done()
    else sendDenial(reply, responseOf(isGet ? upgradeRequired() : denialOf(checkUpgrade(request.raw))))
  })
}

function endStrayUpgrades(instance: FastifyInstance, { paths }: SluiceServer): void {
  const { server } = instance
  const isOurs = ({ url = '' }: IncomingMessage) => server.listenerCount('upgrade') === 1 || paths.has(url)
  const stop = answerStrayUpgrades(server, isOurs)
  instance.addHook('onClose', async () => stop())
}
