import type { FastifyRequest } from 'fastify'
import type { AuthBackend } from '../security/ports.ts'

/** The backends that look for credentials in a request: those of its Sluice route. */
export function backendsOf({ routeOptions }: FastifyRequest): readonly AuthBackend[] {
  const { websocketBackends = [] } = routeOptions.config as { readonly websocketBackends?: readonly AuthBackend[] }
  return websocketBackends
}
