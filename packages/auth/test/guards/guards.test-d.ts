import type { AuthContext, AuthOf, Guard } from '@sluice/core/ports'
import { describe, expectTypeOf, it } from 'vitest'
import {
  allOf,
  allowAny,
  anyOf,
  guard,
  hasPermission,
  isAdminUser,
  isAuthenticated,
  isStaff,
  type JwtContext,
  jwtAuthentication,
  not,
} from '../../src/index.ts'

describe('what a guard proves to the handler', () => {
  const jwt = jwtAuthentication<{ org: string }>({ secret: 'x' })
  type Jwt = typeof jwt

  function authOf<const Guards extends readonly Guard[]>(..._guards: Guards): AuthOf<[Jwt], Guards> {
    throw new Error('only its type is of interest')
  }

  it('a user, once somebody is authenticated', () => {
    expectTypeOf(authOf()).toEqualTypeOf<JwtContext<{ org: string }> | null>()
    expectTypeOf(authOf(isAuthenticated()).userId).toEqualTypeOf<string>()
    expectTypeOf(authOf(isAuthenticated()).claims.org).toEqualTypeOf<string>()
    expectTypeOf(
      authOf(
        guard(() => true),
        isAuthenticated(),
      ).userId,
    ).toEqualTypeOf<string>()
    expectTypeOf(authOf(allOf(isAuthenticated(), isStaff())).isStaff).toEqualTypeOf<true>()
  })

  it('somebody, once there is a right', () => {
    expectTypeOf(authOf(hasPermission('read')).userId).toEqualTypeOf<string | null>()
    expectTypeOf(authOf(isAdminUser()).isSuperuser).toEqualTypeOf<true>()
    expectTypeOf(authOf(anyOf(isStaff(), hasPermission('read')))).toExtend<AuthContext>()
  })

  it('nothing, if it can be passed without', () => {
    expectTypeOf(authOf(allowAny(), isAuthenticated())).toEqualTypeOf<JwtContext<{ org: string }> | null>()
    expectTypeOf(
      authOf(
        anyOf(
          isAuthenticated(),
          guard(() => true),
        ),
      ),
    ).toEqualTypeOf<JwtContext<{ org: string }> | null>()
    expectTypeOf(authOf(not(isAuthenticated()))).toEqualTypeOf<JwtContext<{ org: string }> | null>()
    // @ts-expect-error a handler has to look whether there is anybody
    authOf(guard(() => true))?.userId.length
  })
})
