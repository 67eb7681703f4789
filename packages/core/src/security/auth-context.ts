import type { AuthContext } from './ports.ts'

/** What a backend has to say to make a context: the rest has defaults that permit nothing. */
export type AuthContextInit<Context extends AuthContext = AuthContext> = Pick<Context, 'userId' | 'backend'> &
  Partial<Omit<Context, 'permissions'>> & { readonly permissions?: Iterable<string> }

/**
 * Makes an auth context that nobody can alter: frozen, its claims all the way down, and its permissions read-only at run
 * time too.
 */
export function createAuthContext<Context extends AuthContext = AuthContext>(init: AuthContextInit<Context>): Context {
  const { permissions, claims = {}, ...rest } = init
  return Object.freeze({
    isStaff: false,
    isSuperuser: false,
    ...rest,
    permissions: readOnlySet(permissions),
    claims: freezeDeep(claims),
  }) as unknown as Context
}

/** Whether a value that a backend returned can serve as a context. */
export function isAuthContext(value: unknown): value is AuthContext {
  if (typeof value !== 'object' || value === null) return false
  const { userId, permissions, backend, claims } = value as Partial<AuthContext>
  const hasUser = userId === null || (typeof userId === 'string' && userId !== '')
  const hasPermissions = typeof permissions === 'object' && typeof permissions?.has === 'function'
  return hasUser && hasPermissions && typeof backend === 'string' && typeof claims === 'object' && claims !== null
}

/** `Object.freeze` does not reach into a set: its writing methods have to go. */
function readOnlySet(items: Iterable<string> = []): ReadonlySet<string> {
  return Object.freeze(Object.defineProperties(new Set(items), WITHOUT_WRITING))
}

const refuse = {
  value: () => {
    throw new TypeError('permissions are read-only: they were proven, not assigned')
  },
}
const WITHOUT_WRITING = { add: refuse, delete: refuse, clear: refuse }

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const child of Object.values(value)) freezeDeep(child)
  return value
}
