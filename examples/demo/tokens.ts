import { randomBytes } from 'node:crypto'
import { createJwt, jwtAuthentication } from '@sluice/auth'
import type { AuthBackend, AuthContext } from '@sluice/core'

export const COOKIE = 'sluice-demo'

/** Milliseconds that a token lives: so few that a visitor can watch one end. */
export const TOKEN_LIFETIME = 120_000

/** Somebody who signed in. Two of them may have the same name. */
export interface User {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
}

/** What a token says. */
export interface Visitor extends User {
  /** When the token ends, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** The tokens of one run of the demo: the next run knows none of them. */
export interface Tokens {
  issue(user: User): string
  /** Reads them from the cookie. */
  readonly inCookie: AuthBackend
  /** Reads them from the offered subprotocols, or else from the cookie. */
  readonly inSubprotocolOrCookie: AuthBackend
}

export function createTokens(): Tokens {
  const secret = randomBytes(32)
  return {
    issue: ({ id, name, isAdmin }) =>
      createJwt({ sub: id, name, is_superuser: isAdmin }, { secret, expiresIn: TOKEN_LIFETIME }),
    inCookie: jwtAuthentication({ secret, sources: [{ cookie: COOKIE }] }),
    inSubprotocolOrCookie: jwtAuthentication({ secret, sources: ['subprotocol', { cookie: COOKIE }] }),
  }
}

/** Reads what a token of ours has proven. */
export function visitorOf(auth: AuthContext): Visitor {
  const { userId, claims, isSuperuser, expiresAt } = auth
  return { id: String(userId), name: String(claims.name), isAdmin: isSuperuser, expiresAt: Number(expiresAt) }
}
