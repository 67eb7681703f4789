import { isPending } from '../is-pending.ts'
import { createDenial } from './denial.ts'
import type { OriginPolicy } from './origin-policy.ts'
import { parseOrigin } from './parse-origin.ts'
import { denied, PASSED, type Stage, type UpgradeContext, type Verdict } from './stage.ts'

/** What becomes of a request without `Origin`, which no browser sends. */
export type MissingOrigin = 'allow' | 'deny' | 'deny-with-cookies'

/** Denies websites that are not allowed to open the route (RFC 6455, 10.2). */
export function createOriginStage(policy: OriginPolicy, missingOrigin: MissingOrigin): Stage {
  return (context) => {
    const { origin: header, cookie } = context.request.headers
    if (header === undefined) {
      const isDenied = missingOrigin === 'deny' || (missingOrigin === 'deny-with-cookies' && cookie !== undefined)
      return isDenied ? MISSING : PASSED
    }
    return checkOrigin(policy, header, context)
  }
}

function checkOrigin(policy: OriginPolicy, header: unknown, context: UpgradeContext): Verdict | Promise<Verdict> {
  // Repeated headers reach us joined by a comma, which no origin has.
  const origin = typeof header === 'string' ? parseOrigin(header) : undefined
  if (origin === undefined) return MALFORMED
  const isAllowed = policy.allows(origin, context)
  return isPending(isAllowed) ? isAllowed.then(verdictOf) : verdictOf(isAllowed)
}

function verdictOf(isAllowed: unknown): Verdict {
  return isAllowed === true ? PASSED : FOREIGN
}

const FOREIGN = denied(createDenial('ERR_ORIGIN_NOT_ALLOWED', { cause: 'the origin is not allowed' }))
const MALFORMED = denied(createDenial('ERR_ORIGIN_NOT_ALLOWED', { cause: 'the Origin header cannot be read' }))
const MISSING = denied(createDenial('ERR_ORIGIN_NOT_ALLOWED', { cause: 'the Origin header is missing' }))
