import type { FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import { isPending } from '../is-pending.ts'
import { createAuthenticationStage, notAuthenticated } from '../security/authentication.ts'
import { createGuardsStage } from '../security/guards.ts'
import { Handshake } from '../security/handshake.ts'
import { createPipeline, type Outcome, runPipeline } from '../security/pipeline.ts'
import type { AuthBackend, Guard } from '../security/ports.ts'
import { resolveSecurityOptions } from '../security/security-options.ts'
import { responseOf, sendDenial } from '../upgrade/denial-response.ts'

export interface ProtectOptions {
  /** Tried in order. */
  readonly auth?: readonly AuthBackend[]
  /** All must allow, asked in order. */
  readonly guards?: readonly Guard[]
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

/**
 * A Fastify hook that demands of an HTTP route what WebSocket routes demand: the same backends and guards, with the same texts and
 * statuses. What was proven is in `request.auth`.
 * @throws SluiceError `ERR_INVALID_OPTION`, `ERR_UNKNOWN_OPTION`
 */
export function protect(options: ProtectOptions): Hook {
  assertKnown(options)
  const { auth, guards } = resolveSecurityOptions(options)
  const pipeline = createPipeline({
    authentication: createAuthenticationStage(auth, systemClock),
    guards: createGuardsStage([guards], notAuthenticated(auth)),
  })
  return (request, reply, done) => {
    const handshake = new Handshake({
      request,
      route: request.routeOptions.url ?? '',
      readParams: () => request.params as Record<string, unknown>,
      clock: systemClock,
      timeout: Infinity,
      hasMessages: false,
    })
    const decide = (outcome: Outcome) => {
      request.auth = handshake.auth
      if (outcome.kind === 'denied') sendDenial(reply, responseOf(outcome.denial))
      else done()
    }
    const outcome = runPipeline(pipeline, handshake)
    if (isPending(outcome)) void outcome.then(decide)
    else decide(outcome)
  }
}

/** A slip of the pen must not leave a route open. */
function assertKnown(options: ProtectOptions): void {
  for (const name of Object.keys(options)) {
    if (name !== 'auth' && name !== 'guards') {
      throw new SluiceError('ERR_UNKNOWN_OPTION', `protect: unknown option '${name}'; there are auth, guards`)
    }
  }
}
