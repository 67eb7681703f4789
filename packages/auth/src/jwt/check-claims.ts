/** What the claims of a token must say. Times are milliseconds. */
export interface ClaimRules {
  readonly issuers: readonly string[]
  readonly audiences: readonly string[]
  readonly requiredClaims: readonly string[]
  readonly leeway: number
}

/** Why the claims of a token do not hold (RFC 7519, 4.1); `undefined` when they do. */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  now: number,
): string | undefined {
  const missing = rules.requiredClaims.find((name) => !Object.hasOwn(claims, name) || claims[name] === null)
  if (missing !== undefined) return `${missing} is missing`
  return checkTimes(claims, rules.leeway, now) ?? checkIssuer(claims, rules) ?? checkAudience(claims, rules)
}

function checkTimes(claims: Readonly<Record<string, unknown>>, leeway: number, now: number): string | undefined {
  for (const name of ['exp', 'nbf', 'iat']) {
    if (Object.hasOwn(claims, name) && !Number.isFinite(claims[name])) return `${name} is not a number`
  }
  const { exp, nbf, iat } = claims as { exp?: number; nbf?: number; iat?: number }
  if (exp !== undefined && now >= exp * 1000 + leeway) return 'expired'
  if (nbf !== undefined && now < nbf * 1000 - leeway) return 'not valid yet'
  if (iat !== undefined && now < iat * 1000 - leeway) return 'issued in the future'
  return undefined
}

function checkIssuer({ iss }: Readonly<Record<string, unknown>>, { issuers }: ClaimRules): string | undefined {
  if (issuers.length === 0) return undefined
  return typeof iss === 'string' && issuers.includes(iss) ? undefined : 'wrong issuer'
}

function checkAudience({ aud }: Readonly<Record<string, unknown>>, { audiences }: ClaimRules): string | undefined {
  if (audiences.length === 0) return undefined
  const meant: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const isFor = meant.every((each) => typeof each === 'string') && meant.some((each) => audiences.includes(each))
  return isFor ? undefined : 'wrong audience'
}
