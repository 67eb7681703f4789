import { type AuthBackend, createAuthContext, type Guard, type RateStore } from '@sluice/core/ports'
import { authBackendContract, guardContract, rateStoreContract } from '@sluice/testing/contracts'
import { describe, test } from 'vitest'

const users = new Map([['letmein', 'ada']])

const passwords: AuthBackend = {
  name: 'password',
  challenge: 'Password',
  authenticate({ headers }) {
    const password = headers['x-password']
    if (typeof password !== 'string') return { kind: 'none' }
    const userId = users.get(password)
    if (userId === undefined) return { kind: 'invalid', reason: 'unknown password' }
    return { kind: 'ok', context: createAuthContext({ userId, backend: 'password' }) }
  },
}

const isOwner: Guard = {
  name: 'isOwner',
  needsAuth: true,
  check: ({ auth, params }) => auth?.userId === params.owner,
}

/** As few tokens as there can be: none comes back. */
class StrictStore implements RateStore {
  readonly #taken = new Map<string, number>()

  peek(key: string, { rps, burst }: { rps: number; burst: number }) {
    const isAllowed = (this.#taken.get(key) ?? 0) < burst
    return { isAllowed, retryAfter: isAllowed ? 0 : 1_000 / Math.max(rps, 0.01) }
  }

  take(key: string, rate: { rps: number; burst: number }) {
    const decision = this.peek(key, rate)
    if (decision.isAllowed) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1)
    return decision
  }
}

// #region rate-store
describe('our rate store', () => {
  for (const { name, run, skip } of rateStoreContract({ create: () => new StrictStore() })) {
    test.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run)
  }
})
// #endregion rate-store

// #region auth-backend
describe('our auth backend', () => {
  const contract = authBackendContract({
    create: () => passwords,
    valid: () => ({ headers: { 'x-password': 'letmein' } }),
    invalid: { 'a password that nobody has': { headers: { 'x-password': 'open sesame' } } },
  })
  for (const { name, run } of contract) test(name, run)
})
// #endregion auth-backend

// #region guard
describe('our guard', () => {
  const contract = guardContract({
    create: () => isOwner,
    allowed: { 'the owner': { auth: { userId: 'ada' }, params: { owner: 'ada' } } },
    denied: {
      'a guest': { auth: { userId: 'bob' }, params: { owner: 'ada' } },
      'whoever is not known': { params: { owner: 'ada' } },
    },
  })
  for (const { name, run } of contract) test(name, run)
})
// #endregion guard
