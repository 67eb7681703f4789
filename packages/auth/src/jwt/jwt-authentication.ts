import type { AuthBackend, Authentication, Clock } from '@sluice/core/ports'
import { later } from '../later.ts'
import { readBearerHeader } from '../token/bearer-header.ts'
import { createTokenBackend } from '../token/token-backend.ts'
import { checkClaims } from './check-claims.ts'
import { contextOfClaims, type JwtContext } from './claim-mapping.ts'
import { type JwtOptions, type ResolvedJwtOptions, resolveJwtOptions } from './jwt-options.ts'
import { type ParsedJwt, parseJsonObject, parseJwt } from './parse-jwt.ts'

/**
 * Authenticates peers by JSON Web Tokens (RFC 7519). `sub` is the user.
 * @typeParam Claims what `ws.auth.claims` is known to hold
 * @throws SluiceError `ERR_INVALID_OPTION`, `ERR_UNKNOWN_OPTION`
 * @example auth: [jwtAuthentication({ secret, issuer: 'https://login.example.com' })]
 */
export function jwtAuthentication<Claims = Readonly<Record<string, unknown>>>(
  options: JwtOptions,
): AuthBackend<JwtContext<Claims>> {
  const resolved = resolveJwtOptions(options)
  const { sources, authTimeout, expiryGrace, warnings } = resolved
  return createTokenBackend<JwtContext<Claims>>({
    name: 'jwt',
    challenge: 'Bearer',
    sources,
    readHeader: readBearerHeader,
    check: (token, _request, clock) => checkToken<Claims>(token, resolved, clock),
    authTimeout,
    expiryGrace,
    warnings,
  })
}

type Answer<Claims> = Authentication<JwtContext<Claims>>

function checkToken<Claims>(
  token: string,
  options: ResolvedJwtOptions,
  clock: Clock,
): Answer<Claims> | Promise<Answer<Claims>> {
  const jwt = parseJwt(token)
  if (jwt === undefined) return wrong('not a JWT')
  return later(options.verifierFor(clock)(jwt), (isRight) => conclude<Claims>(jwt, isRight, options, clock))
}

/** Nothing in a token is looked at before its signature is known to be right. */
function conclude<Claims>(
  jwt: ParsedJwt,
  isRight: boolean,
  { rules, claims: mapping, revocation }: ResolvedJwtOptions,
  clock: Clock,
): Answer<Claims> | Promise<Answer<Claims>> {
  if (!isRight) return wrong('the signature or the algorithm is wrong')
  const claims = parseJsonObject(jwt.claimsText)
  if (claims === undefined) return wrong('the claims are not a JSON object')
  const reason = checkClaims(claims, rules, clock.wallTime())
  if (reason !== undefined) return wrong(reason)
  const context = contextOfClaims<Claims>(claims, mapping)
  if (context === undefined) return wrong('the user is not a text')
  if (revocation === undefined) return { kind: 'ok', context }
  const { jti } = claims
  if (typeof jti !== 'string' || jti === '') return wrong('jti is not a text')
  return later(revocation.isRevoked(jti), (isRevoked) => unlessRevoked(isRevoked, context))
}

/** Only `false` is a no. */
function unlessRevoked<Claims>(isRevoked: unknown, context: JwtContext<Claims>): Answer<Claims> {
  return isRevoked === false ? { kind: 'ok', context } : wrong('revoked')
}

function wrong(reason: string): { readonly kind: 'invalid'; readonly reason: string } {
  return { kind: 'invalid', reason }
}
