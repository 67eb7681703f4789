import fastify, {
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyRequest,
  type RouteShorthandOptions,
} from 'fastify'
import { assertParamsInPath } from './coercion/compile-inputs.ts'
import { createDependencyPlan, type DependencyPlan } from './dependencies/plan.ts'
import type { DependencyRun } from './dependencies/run-with-dependencies.ts'
import { SluiceError } from './errors.ts'
import { fastifyOptionsOf } from './fastify-options.ts'
import { assertHandler, type RouteDefinition } from './handler/route-definition.ts'
import { RouteMessages } from './handler/route-messages.ts'
import type { RouteOptions } from './handler/route-options.ts'
import { acceptEverything, routeSchema } from './handler/route-schema.ts'
import { createUpgradeHook, type UpgradeRoute } from './handler/upgrade-hook.ts'
import { type RouteSettings, resolveRouteOptions, securityOptionsOf } from './options.ts'
import { type PathTemplate, parsePathTemplate } from './routing/path-template.ts'
import { redactUrl, secretHeaders, secretQueryParams } from './security/credentials.ts'
import { createPipeline } from './security/pipeline.ts'
import { resolveSecurityPolicy, type SecurityPolicy } from './security/security-policy.ts'
import type { SluiceServer } from './server.ts'
import { checkUpgrade, denialOf } from './upgrade/check-upgrade.ts'
import { createCoercionStage } from './upgrade/coercion-stage.ts'
import { responseOf, sendDenial } from './upgrade/denial-response.ts'
import type { SecretNames } from './upgrade/input-texts.ts'

/** Fastify's name of the constraint that sends upgrade requests, and only those, to Sluice routes. */
export const UPGRADE_CONSTRAINT = 'websocketUpgrade'

/**
 * Adds a route to Fastify's router, where the prefix and the hooks of the instance apply.
 * @param owner the api that counts its connections
 */
export function mountRoute(
  server: SluiceServer,
  instance: FastifyInstance,
  definition: RouteDefinition,
  apiOptions: RouteOptions,
  owner: object,
): void {
  const settings = resolveRouteOptions([server.defaults, apiOptions, definition.options])
  const template = parsePathTemplate(definition.path, server.settings.converters)
  const route = instance.prefix + definition.path
  const policy = resolveSecurityPolicy([
    { scope: 'server', options: securityOptionsOf(server.defaults) },
    { scope: `api ${scopeOf(owner)}`, options: securityOptionsOf(apiOptions) },
    { scope: `route ${route}`, options: securityOptionsOf(definition.options) },
  ])
  assertCors(instance, policy)
  assertHandler(definition.handler, template)
  assertParamsInPath(definition.inputs, template)
  server.paths.add(instance.prefix, template)

  const preHandler = createUpgradeHook(
    resolveUpgradeRoute(server, instance, definition, { settings, template, route, policy, owner }),
  )
  for (const url of urlsOf(template, instance)) {
    instance.route({
      method: 'GET',
      url,
      constraints: { [UPGRADE_CONSTRAINT]: true },
      exposeHeadRoute: false,
      schema: routeSchema(settings, definition.inputs),
      validatorCompiler: acceptEverything,
      config: { websocketRoute: route, websocketBackends: policy.auth } as FastifyContextConfig,
      ...redactionOf(policy),
      preHandler,
      // Node hands over as plain a request that names the upgrade but does not ask for it in its Connection header.
      handler: (request, reply) => sendDenial(reply, responseOf(denialOf(checkUpgrade(request.raw)))),
      wsHandler: () => {},
    })
  }
}

interface ResolvedRoute {
  readonly settings: RouteSettings
  readonly template: PathTemplate
  /** The path template with its prefix. */
  readonly route: string
  readonly policy: SecurityPolicy
  readonly owner: object
}

function resolveUpgradeRoute(
  server: SluiceServer,
  instance: FastifyInstance,
  { handler, inputs, messages: checks }: RouteDefinition,
  { settings, template, route, policy, owner }: ResolvedRoute,
): UpgradeRoute {
  const { clock } = server.settings
  const { limits, compression, onBackpressure, onDrain } = settings
  const counters = server.countersOf(route)
  const isCoerced = template.params.length > 0 || inputs.length > 0
  const coercion = isCoerced ? createCoercionStage(inputs, secretsOf(policy)) : undefined
  const messages = new RouteMessages(settings, checks)
  if (messages.codecs.isUnloaded) instance.addHook('onReady', () => messages.codecs.load())
  const pipeline = createPipeline({
    ...server.compile({ route, policy, heartbeat: limits.heartbeat }, owner),
    coercion,
  })
  return {
    route,
    instance,
    template,
    pipeline,
    subprotocols: settings,
    handshake: {
      engine: server.engine,
      clock,
      limits,
      compression,
      handshakeTimeout: policy.handshakeTimeout,
      denial: policy.denial,
      isDraining: () => server.isDraining(owner),
      hasOwnErrorHandler: () => instance.errorHandler !== defaultErrorHandler(),
      handshakeOnAnswered: (milliseconds) => counters.handshakeAnswered(milliseconds),
      handshakeOnDenied: (request, stage, denial) => server.handshakeOnDenied(request, stage, denial, route),
    },
    connection: {
      limits,
      clock,
      messages,
      onBackpressure,
      onDrain,
      traffic: counters,
      budget: server.budget,
      owner,
      rooms: server.rooms,
      lifecycle: server,
      credentials: { backends: policy.auth, pipeline, clock },
    },
    handler,
    observer: server,
    dependenciesOf: dependenciesOf(server, settings, policy),
  }
}

/** The plan of a route is made once, and anew for requests of tests that override some of it. */
function dependenciesOf(
  server: SluiceServer,
  { depends }: RouteSettings,
  { handshakeTimeout }: SecurityPolicy,
): UpgradeRoute['dependenciesOf'] {
  const runOf = (plan: DependencyPlan | null): DependencyRun | null =>
    plan && { plan, clock: server.clock, timeout: handshakeTimeout, scopes: server.scopes, observer: server }
  const run = runOf(createDependencyPlan(depends))
  return (request) => {
    const overrides = server.overridesFor(request)
    return overrides === undefined ? run : runOf(createDependencyPlan(depends, overrides))
  }
}

/** `@fastify/cors` cannot be asked what it allows, only what it answered: it must be there. */
function assertCors(instance: FastifyInstance, policy: SecurityPolicy): void {
  if (policy.origin.kind !== 'cors' || instance.hasPlugin('@fastify/cors')) return
  throw new SluiceError('ERR_INVALID_OPTION', "allowedOrigins: 'cors' needs @fastify/cors, registered before the route")
}

function secretsOf({ auth }: SecurityPolicy): SecretNames {
  return { query: secretQueryParams(auth), headers: secretHeaders(auth) }
}

/** Fastify logs the address of every request: credentials in its query must not be in it. */
function redactionOf({ auth }: SecurityPolicy): Pick<RouteShorthandOptions, 'logSerializers'> {
  const secret = secretQueryParams(auth)
  if (secret.size === 0) return {}
  const serializeRequest = ({ method, url, host, ip, socket }: FastifyRequest) => ({
    method,
    url: redactUrl(url, secret),
    host,
    remoteAddress: ip,
    remotePort: socket.remotePort,
  })
  return { logSerializers: { req: serializeRequest as never } }
}

/** Limits of an api are counted for all of its routes together, wherever they are mounted. */
function scopeOf(owner: object): number {
  const scope = scopes.get(owner) ?? ++lastScope
  scopes.set(owner, scope)
  return scope
}

const scopes = new WeakMap<object, number>()
let lastScope = 0

/** Fastify has no way to ask whether an instance's error handler is still its own. */
function defaultErrorHandler(): FastifyInstance['errorHandler'] {
  pristine ??= fastify().errorHandler
  return pristine
}

let pristine: FastifyInstance['errorHandler'] | undefined

/** One trailing slash is ignored: WebSocket clients do not follow redirects. */
function urlsOf({ url }: PathTemplate, instance: FastifyInstance): readonly string[] {
  const ignoreTrailingSlash = fastifyOptionsOf(instance).routerOptions?.ignoreTrailingSlash
  const isWildcard = url.endsWith('*')
  return url === '/' || isWildcard || ignoreTrailingSlash ? [url] : [url, `${url}/`]
}
