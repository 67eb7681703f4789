import {
  type AuthContext,
  type Authenticated,
  createDenial,
  type Denial,
  type Guard,
  type GuardVerdict,
} from '@sluice/core/ports'

/** Allows everybody, and ends its list of guards: those after it are not asked. */
export function allowAny(): Guard & { readonly isFinal: true } {
  return Object.freeze({ name: 'allowAny', isFinal: true, check: () => true })
}

/** Allows peers who are somebody. */
export function isAuthenticated(): Guard<Authenticated> {
  return authGuard('isAuthenticated', ({ userId }) => (userId === null ? NOT_AUTHENTICATED : true))
}

/** Allows superusers. */
export function isAdminUser(): Guard<AuthContext & { readonly isSuperuser: true }> {
  return authGuard('isAdminUser', ({ isSuperuser }) => isSuperuser === true || PERMISSION_DENIED)
}

/** Allows staff. */
export function isStaff(): Guard<AuthContext & { readonly isStaff: true }> {
  return authGuard('isStaff', (auth) => auth.isStaff === true || PERMISSION_DENIED)
}

/** Allows peers who have a permission. */
export function hasPermission(permission: string): Guard<AuthContext> {
  return hasAllPermissions(permission)
}

/** Allows peers who have at least one of these permissions. */
export function hasAnyPermission(...permissions: readonly [string, ...string[]]): Guard<AuthContext> {
  return authGuard(
    `hasAnyPermission(${permissions})`,
    (auth) => permissions.some((each) => auth.permissions.has(each)) || PERMISSION_DENIED,
  )
}

/** Allows peers who have every one of these permissions. */
export function hasAllPermissions(...permissions: readonly [string, ...string[]]): Guard<AuthContext> {
  return authGuard(
    `hasAllPermissions(${permissions})`,
    (auth) => permissions.every((each) => auth.permissions.has(each)) || PERMISSION_DENIED,
  )
}

const NOT_AUTHENTICATED: Denial = Object.freeze(createDenial('ERR_NOT_AUTHENTICATED'))
const PERMISSION_DENIED: Denial = Object.freeze(createDenial('ERR_PERMISSION_DENIED'))

/** Whoever is not known at all is asked to say who he is, before it is said what he may. */
function authGuard<Proof extends AuthContext>(name: string, check: (auth: AuthContext) => GuardVerdict): Guard<Proof> {
  return Object.freeze({
    name,
    needsAuth: true,
    check: ({ auth }: { readonly auth: AuthContext | null }) => (auth === null ? NOT_AUTHENTICATED : check(auth)),
  })
}
