import type { FastifyInstance, FastifyServerOptions } from 'fastify'

/**
 * The options that a Fastify instance was made with, resolved. `initialConfig` leaves `trustProxy` out, and does not say how the
 * router reads paths where that was given in `routerOptions`.
 */
export function fastifyOptionsOf(instance: FastifyInstance): FastifyServerOptions {
  for (let owner: object | null = instance; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === 'fastify.options')
    if (symbol !== undefined) return (owner as Record<symbol, FastifyServerOptions>)[symbol] ?? {}
  }
  return {}
}
