import type { Clock } from '../clock.ts'
import { isPending } from '../is-pending.ts'
import { type Answer, askBackends, NONE } from './auth-answer.ts'
import { createDenial, type Denial } from './denial.ts'
import type { AuthBackend } from './ports.ts'
import type { CountedLimit } from './rate-limit.ts'
import { denied, PASSED, type Stage, type UpgradeContext, type Verdict } from './stage.ts'

/**
 * Asks the backends who the peer is. Wrong credentials deny, even where anonymous peers are welcome: a client that shows
 * credentials wants to be known by them.
 * @param failureLimit what slows guessing: wrong credentials take a token, and without one none are looked at
 */
export function createAuthenticationStage(
  backends: readonly AuthBackend[],
  clock: Clock,
  failureLimit?: CountedLimit,
): Stage {
  const unauthenticated = notAuthenticated(backends)
  const byFirstMessage = backends.filter((backend) => backend.firstMessage !== undefined)

  const authenticate: Stage = (context) => {
    const answer = ask(context)
    return isPending(answer) ? answer.then((late) => conclude(late, context)) : conclude(answer, context)
  }

  const ask = ({ request, firstToken }: UpgradeContext): Answer | Promise<Answer> => {
    if (firstToken === null) return askBackends(backends, (backend) => backend.authenticate(request, clock))
    return askBackends(byFirstMessage, (backend) => backend.authenticateToken?.(firstToken, request, clock) ?? NONE)
  }

  const conclude = (answer: Answer, context: UpgradeContext): Verdict | Promise<Verdict> => {
    if (answer.kind === 'ok') {
      context.auth = answer.context
      context.backend = answer.backend
      return PASSED
    }
    if (answer.kind === 'none' && context.firstToken === null) {
      context.awaitsFirstMessage = context.hasMessages && byFirstMessage.length > 0
      return PASSED
    }
    const failure = denied({ ...unauthenticated, cause: reasonOf(answer) })
    return failureLimit === undefined ? failure : countFailure(failureLimit, context, failure)
  }

  return failureLimit === undefined ? authenticate : unlessExhausted(failureLimit, authenticate)
}

/** Why an answer proves nobody, for the log. */
export function reasonOf(answer: Exclude<Answer, { kind: 'ok' }>): string {
  return answer.kind === 'invalid' ? answer.reason : 'no backend knows this token'
}

/** The 401 of a route: one text for every cause, and the challenges of all its backends (RFC 9110, 11.6.1). */
export function notAuthenticated(backends: readonly AuthBackend[]): Denial {
  const challenges = new Set(backends.map((backend) => backend.challenge))
  const header = challenges.size === 0 ? 'Bearer' : [...challenges].join(', ')
  return createDenial('ERR_NOT_AUTHENTICATED', { headers: Object.freeze({ 'WWW-Authenticate': header }) })
}

function unlessExhausted({ limiter, keyOf }: CountedLimit, authenticate: Stage): Stage {
  return (context) => {
    const verdict = limiter.peek(keyOf(context) ?? '')
    if (isPending(verdict)) return verdict.then((late) => (late.ok ? authenticate(context) : late))
    return verdict.ok ? authenticate(context) : verdict
  }
}

/** The failure stands, whatever the limit says about the next attempt. */
function countFailure(
  { limiter, keyOf }: CountedLimit,
  context: UpgradeContext,
  failure: Verdict,
): Verdict | Promise<Verdict> {
  const counted = limiter.take(keyOf(context) ?? '')
  return isPending(counted) ? counted.then(() => failure) : failure
}
