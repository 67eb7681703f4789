import { createJwt } from '@sluice/auth'
import { type AuthBackend, createAuthContext } from '@sluice/core'

/** As long as HS512 asks for. */
export const SECRET = 'a secret that is long enough for HS256, and even for HS512: 64 bytes'

/** When the clock of every gate begins. */
export const EPOCH = Date.UTC(2026, 0, 1)

/** A token that is good for an hour from the beginning of the gate's clock. */
export function tokenOf(claims: Readonly<Record<string, unknown>>, expiresIn = 3_600_000): string {
  return createJwt(claims, { secret: SECRET, expiresIn, clock: { wallTime: () => EPOCH } })
}

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` }
}

/** Believes whatever name stands in the `x-user` header; `wrong` is nobody's. */
export function nameBackend(note: (call: string) => void = () => {}): AuthBackend {
  return {
    name: 'name',
    challenge: 'Name',
    authenticate({ headers }) {
      note('authenticate')
      const userId = headers['x-user']
      if (typeof userId !== 'string') return { kind: 'none' }
      if (userId === 'wrong') return { kind: 'invalid', reason: 'nobody has this name' }
      return { kind: 'ok', context: createAuthContext({ userId, backend: 'name' }) }
    },
  }
}
