import { describe, expectTypeOf, it } from 'vitest'
import type { AnyProofOf, Authenticated, AuthOf, ProofOf } from '../../src/security/auth-types.ts'
import type { AuthBackend, AuthContext, Guard } from '../../src/security/ports.ts'

interface JwtContext extends AuthContext {
  readonly backend: 'jwt'
  readonly claims: { readonly org: string }
}
interface KeyContext extends AuthContext {
  readonly backend: 'api-key'
}
type Jwt = AuthBackend<JwtContext>
type Key = AuthBackend<KeyContext>
type IsAuthenticated = Guard<Authenticated>
type AllowAny = Guard & { readonly isFinal: true }

describe('AuthOf', () => {
  it('is null or a context without a guard that proves one', () => {
    expectTypeOf<AuthOf<[], []>>().toEqualTypeOf<AuthContext | null>()
    expectTypeOf<AuthOf<[Jwt], []>>().toEqualTypeOf<JwtContext | null>()
    expectTypeOf<AuthOf<[Jwt], [Guard]>>().toEqualTypeOf<JwtContext | null>()
    expectTypeOf<AuthOf<[Jwt, Key], []>>().toEqualTypeOf<JwtContext | KeyContext | null>()
  })

  it('is not null, and has a user, once a guard has proven it', () => {
    expectTypeOf<AuthOf<[Jwt], [IsAuthenticated]>['userId']>().toEqualTypeOf<string>()
    expectTypeOf<AuthOf<[Jwt], [IsAuthenticated]>['claims']['org']>().toEqualTypeOf<string>()
    expectTypeOf<AuthOf<[Jwt], [Guard, IsAuthenticated]>['userId']>().toEqualTypeOf<string>()
    expectTypeOf<AuthOf<[Jwt, Key], [IsAuthenticated]>['backend']>().toEqualTypeOf<'jwt' | 'api-key'>()
  })

  it('believes no guard behind one that ends the list', () => {
    expectTypeOf<AuthOf<[Jwt], [AllowAny, IsAuthenticated]>>().toEqualTypeOf<JwtContext | null>()
    expectTypeOf<AuthOf<[Jwt], [IsAuthenticated, AllowAny]>['userId']>().toEqualTypeOf<string>()
  })

  it('believes no list that may be empty', () => {
    expectTypeOf<AuthOf<[Jwt], readonly IsAuthenticated[]>>().toEqualTypeOf<JwtContext | null>()
  })

  it('knows what several guards prove', () => {
    type IsPaying = Guard<{ readonly claims: { readonly plan: 'pro' } }>
    expectTypeOf<ProofOf<[IsAuthenticated, IsPaying]>>().toExtend<Authenticated>()
    expectTypeOf<AuthOf<[Jwt], [IsAuthenticated, IsPaying]>['claims']['plan']>().toEqualTypeOf<'pro'>()
    expectTypeOf<AnyProofOf<[IsAuthenticated, IsAuthenticated]>>().toEqualTypeOf<Authenticated>()
    expectTypeOf<AnyProofOf<[IsAuthenticated, Guard]>>().toBeUnknown()
  })

  it('lets a guard with a proof stand wherever a guard may', () => {
    expectTypeOf<IsAuthenticated>().toExtend<Guard>()
    expectTypeOf<Jwt>().toExtend<AuthBackend>()
  })
})
