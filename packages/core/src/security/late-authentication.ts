import type { Clock } from '../clock.ts'
import { type Answer, askBackends } from './auth-answer.ts'
import { DENIALS, type Denial, denialOfError } from './denial.ts'
import type { Handshake } from './handshake.ts'
import { type Pipeline, runStages, STAGES_AFTER_AUTHENTICATION } from './pipeline.ts'
import type { AuthBackend, AuthContext } from './ports.ts'
import type { StageName } from './stage.ts'

/** What a token that came as a message leads to. */
export type LateOutcome =
  | { readonly kind: 'authenticated'; readonly auth: AuthContext }
  /** The connection must close with this. */
  | { readonly kind: 'close'; readonly code: number; readonly reason: string; readonly denial: Denial | null }
  /** A refresh that no backend could decide on: what was proven before holds until it expires. */
  | { readonly kind: 'undecided'; readonly denial: Denial }

/** Authenticates an open connection by its first message, then runs the stages that waited for it. */
export async function authenticateFirstMessage(
  handshake: Handshake,
  pipeline: Pipeline,
  backends: readonly AuthBackend[],
  token: string,
  clock: Clock,
): Promise<LateOutcome> {
  const able = backends.filter((backend) => backend.firstMessage !== undefined)
  const answer = await askForToken(able, handshake, token, clock)
  if ('denial' in answer) return closeFor(answer.denial)
  if (answer.kind !== 'ok') return UNAUTHENTICATED
  handshake.backend = answer.backend
  handshake.awaitsFirstMessage = false
  return prove(handshake, pipeline, answer.context, STAGES_AFTER_AUTHENTICATION)
}

/** Renews what an open connection has proven. The new token must be of the same user, and the guards are asked again. */
export async function refreshAuthentication(
  handshake: Handshake,
  pipeline: Pipeline,
  token: string,
  clock: Clock,
): Promise<LateOutcome> {
  const backends = handshake.backend === null ? [] : [handshake.backend]
  const answer = await askForToken(backends, handshake, token, clock)
  if ('denial' in answer) return { kind: 'undecided', denial: answer.denial }
  if (answer.kind !== 'ok' || answer.context.userId !== handshake.auth?.userId) return UNAUTHENTICATED
  return prove(handshake, pipeline, answer.context, GUARDS)
}

const GUARDS: ReadonlySet<StageName> = new Set(['guards'])

const UNAUTHENTICATED: LateOutcome = Object.freeze({
  kind: 'close',
  code: DENIALS.ERR_NOT_AUTHENTICATED.closeCode,
  reason: DENIALS.ERR_NOT_AUTHENTICATED.text,
  denial: null,
})

async function askForToken(
  backends: readonly AuthBackend[],
  { request }: Handshake,
  token: string,
  clock: Clock,
): Promise<Answer | { readonly denial: Denial }> {
  try {
    return await askBackends(backends, (backend) => backend.authenticateToken?.(token, request, clock) ?? NONE)
  } catch (error) {
    return { denial: denialOfError(error) }
  }
}

const NONE = Object.freeze({ kind: 'none' })

async function prove(
  handshake: Handshake,
  pipeline: Pipeline,
  auth: AuthContext,
  stages: ReadonlySet<StageName>,
): Promise<LateOutcome> {
  handshake.auth = auth
  const outcome = await runStages(pipeline, stages, handshake)
  if (outcome.kind === 'denied') return closeFor(outcome.denial)
  return { kind: 'authenticated', auth }
}

function closeFor(denial: Denial): LateOutcome {
  const { closeCode, text } = DENIALS[denial.code]
  return { kind: 'close', code: closeCode, reason: text, denial }
}
