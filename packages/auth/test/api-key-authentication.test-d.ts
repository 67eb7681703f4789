import type { AuthContext } from '@sluice/core/ports'
import { expectTypeOf, it } from 'vitest'
import { type ApiKeyContext, apiKeyAuthentication } from '../src/index.ts'

interface TenantContext extends AuthContext {
  readonly claims: { readonly tenant: string }
  readonly backend: 'tenant'
}

it('gives what the lookup finds to the handler', () => {
  const lookup = apiKeyAuthentication({ verify: async (): Promise<TenantContext | null> => null })
  expectTypeOf<NonNullable<typeof lookup.context>>().toEqualTypeOf<TenantContext>()
})

it('gives the name of a key to the handler', () => {
  const keys = apiKeyAuthentication({ keys: { reporting: 'key-1' } })
  expectTypeOf<NonNullable<typeof keys.context>>().toEqualTypeOf<ApiKeyContext>()
})
