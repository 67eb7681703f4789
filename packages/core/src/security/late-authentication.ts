import type { Clock } from '../clock.ts'
import { type Answer, askBackends, NONE } from './auth-answer.ts'
import { reasonOf } from './authentication.ts'
import { closingOf, createDenial, type Denial, denialOfError } from './denial.ts'
import type { Handshake } from './handshake.ts'
import { type Outcome, type Pipeline, runStages, STAGES_AFTER_AUTHENTICATION } from './pipeline.ts'
import type { AuthBackend } from './ports.ts'
import type { StageName } from './stage.ts'

/** What a token that came as a message leads to. */
export type LateOutcome =
  | { readonly kind: 'authenticated' }
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

/** Authenticates an open connection by its first message: the stage that does so runs again, then those that waited for it. */
export async function authenticateFirstMessage(
  handshake: Handshake,
  pipeline: Pipeline,
  token: string,
): Promise<LateOutcome> {
  handshake.firstToken = token
  handshake.awaitsFirstMessage = false
  return outcomeOf(await runStages(pipeline, STAGES_OF_FIRST_MESSAGE, handshake))
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
  handshake.auth = answer.context
  return outcomeOf(await runStages(pipeline, GUARDS, handshake))
}

const STAGES_OF_FIRST_MESSAGE: ReadonlySet<StageName> = new Set(['authentication', ...STAGES_AFTER_AUTHENTICATION])
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

function outcomeOf(outcome: Outcome): LateOutcome {
  return outcome.kind === 'denied' ? closeFor(outcome.stage, outcome.denial) : AUTHENTICATED
}

const AUTHENTICATED: LateOutcome = Object.freeze({ kind: 'authenticated' })

/** The end of a connection that has not proven who its peer is. @param cause for the log */
export function unauthenticated(cause: string): CloseOutcome {
  return closeFor('authentication', createDenial('ERR_NOT_AUTHENTICATED', { cause }))
}

function closeFor(stage: StageName, denial: Denial): CloseOutcome {
  return { kind: 'close', ...closingOf(denial), stage, denial }
}
