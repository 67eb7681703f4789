import type { Clock } from '../clock.ts'
import { type Answer, askBackends } from './auth-answer.ts'
import { closingOf, createDenial, type Denial, denialOfError } from './denial.ts'
import type { Handshake } from './handshake.ts'
import { type Pipeline, runStages, STAGES_AFTER_AUTHENTICATION } from './pipeline.ts'
import type { AuthBackend, AuthContext } from './ports.ts'
import type { StageName } from './stage.ts'

/** What a token that came as a message leads to. */
export type LateOutcome =
  | { readonly kind: 'authenticated'; readonly auth: AuthContext }
  | CloseOutcome
  /** A refresh that no backend could decide on: what was proven before holds until it expires. */
  | { readonly kind: 'undecided'; readonly denial: Denial }

/** The connection must close with this. */
export interface CloseOutcome {
  readonly kind: 'close'
  readonly code: number
  readonly reason: string
  readonly stage: StageName
  readonly denial: Denial
}

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
  if ('denial' in answer) return closeFor('authentication', answer.denial)
  if (answer.kind !== 'ok') return unauthenticated(reasonOf(answer))
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
  if (answer.kind !== 'ok') return unauthenticated(reasonOf(answer))
  if (answer.context.userId !== handshake.auth?.userId) return unauthenticated('the token is of another user')
  return prove(handshake, pipeline, answer.context, GUARDS)
}

const GUARDS: ReadonlySet<StageName> = new Set(['guards'])

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
  if (outcome.kind === 'denied') return closeFor(outcome.stage, outcome.denial)
  return { kind: 'authenticated', auth }
}

/** The end of a connection that has not proven who its peer is. @param cause for the log */
export function unauthenticated(cause: string): CloseOutcome {
  return closeFor('authentication', createDenial('ERR_NOT_AUTHENTICATED', { cause }))
}

function reasonOf(answer: Exclude<Answer, { kind: 'ok' }>): string {
  return answer.kind === 'invalid' ? answer.reason : 'no backend reads this token'
}

function closeFor(stage: StageName, denial: Denial): CloseOutcome {
  return { kind: 'close', ...closingOf(denial), stage, denial }
}
