import { type AuthContext, createAuthContext } from '@sluice/core/ports'

/** What a JWT proved. */
export interface JwtContext<Claims = Readonly<Record<string, unknown>>> extends AuthContext {
  readonly backend: 'jwt'
  readonly claims: Readonly<Record<string, unknown>> & Claims
}

/** Where the context finds its parts: the name of a claim, or a function of them all. */
export interface ClaimMapping {
  /** @default 'sub' */
  readonly userId?: ClaimSource<string>
  /** A list of names, or one text with blanks between them. @default 'permissions' */
  readonly permissions?: ClaimSource<readonly string[]>
  /** Only `true` counts. @default 'is_staff' */
  readonly isStaff?: ClaimSource<boolean>
  /** Only `true` counts. @default 'is_superuser' */
  readonly isSuperuser?: ClaimSource<boolean>
}

export type ClaimSource<T> = string | ((claims: Readonly<Record<string, unknown>>) => T | undefined)

/** Makes the context of a token. `undefined` when its user is not a text: then nobody knows who that is. */
export function contextOfClaims<Claims>(
  claims: Record<string, unknown>,
  mapping: ClaimMapping,
): JwtContext<Claims> | undefined {
  const userId = read(claims, mapping.userId ?? 'sub') ?? null
  if (userId !== null && (typeof userId !== 'string' || userId === '')) return undefined
  const { exp } = claims as { exp?: number }
  return createAuthContext<JwtContext<Claims>>({
    userId,
    permissions: permissionsOf(read(claims, mapping.permissions ?? 'permissions')),
    isStaff: read(claims, mapping.isStaff ?? 'is_staff') === true,
    isSuperuser: read(claims, mapping.isSuperuser ?? 'is_superuser') === true,
    claims: claims as JwtContext<Claims>['claims'],
    backend: 'jwt',
    ...(exp !== undefined && { expiresAt: exp * 1000 }),
  })
}

function read(claims: Readonly<Record<string, unknown>>, source: ClaimSource<unknown>): unknown {
  if (typeof source === 'function') return source(claims)
  return Object.hasOwn(claims, source) ? claims[source] : undefined
}

function permissionsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((name) => name !== '')
  return Array.isArray(claim) ? claim.filter((name) => typeof name === 'string') : []
}
