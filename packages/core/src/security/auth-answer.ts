import { isPending } from '../is-pending.ts'
import { isAuthContext } from './auth-context.ts'
import { createDenial, DenialError } from './denial.ts'
import type { AuthBackend, AuthContext, Authentication } from './ports.ts'

/** What several backends said together, and which of them proved it. */
export type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'ok'; readonly context: AuthContext; readonly backend: AuthBackend }

/**
 * Asks backends in order until one proves who the peer is.
 * @throws DenialError with 503 when a backend throws or answers nonsense: it could not decide
 */
export function askBackends(
  backends: readonly AuthBackend[],
  question: (backend: AuthBackend) => unknown,
): Answer | Promise<Answer> {
  return askFrom(backends, 0, NONE, question)
}

/** No credentials of any kind. */
export const NONE = Object.freeze({ kind: 'none' } as const)

function askFrom(
  backends: readonly AuthBackend[],
  start: number,
  soFar: Answer,
  question: (backend: AuthBackend) => unknown,
): Answer | Promise<Answer> {
  let answer = soFar
  for (let index = start; index < backends.length; index++) {
    const backend = backends[index] as AuthBackend
    const given = runBackend(backend, question)
    if (isPending(given)) {
      return given.then((late) => {
        const joined = join(answer, late, backend)
        return joined.kind === 'ok' ? joined : askFrom(backends, index + 1, joined, question)
      })
    }
    answer = join(answer, given, backend)
    if (answer.kind === 'ok') return answer
  }
  return answer
}

function runBackend(
  backend: AuthBackend,
  question: (backend: AuthBackend) => unknown,
): Authentication | Promise<Authentication> {
  try {
    const answer = question(backend)
    return isPending(answer) ? settle(backend, answer) : readAnswer(answer)
  } catch (error) {
    throw undecided(backend, error)
  }
}

async function settle(backend: AuthBackend, pending: Promise<unknown>): Promise<Authentication> {
  try {
    return readAnswer(await pending)
  } catch (error) {
    throw undecided(backend, error)
  }
}

/** A backend may be anybody's code: only what has the shape of an answer is one. */
function readAnswer(answer: unknown): Authentication {
  if (typeof answer === 'object' && answer !== null && 'kind' in answer) {
    const given = answer as Authentication
    if (given.kind === 'none' || given.kind === 'invalid') return given
    if (given.kind === 'ok' && isAuthContext(given.context)) return given
  }
  throw new TypeError('the answer is not an Authentication')
}

function undecided(backend: AuthBackend, error: unknown): DenialError {
  const cause = new Error(`the auth backend '${backend.name}' could not decide`, { cause: error })
  return new DenialError(createDenial('ERR_UNAVAILABLE', { cause }))
}

/** Proven beats wrong, and wrong beats none. */
function join(soFar: Answer, given: Authentication, backend: AuthBackend): Answer {
  if (given.kind === 'ok') return { kind: 'ok', context: Object.freeze(given.context), backend }
  return given.kind === 'invalid' ? given : soFar
}
