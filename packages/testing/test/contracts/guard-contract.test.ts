import { createDenial, type Guard } from '@sluice/core/ports'
import { expect, it } from 'vitest'
import { guardContract } from '../../src/contracts/guard-contract.ts'
import { failuresOf } from './faults.ts'

/** Lets the owner of a room in. */
const right: Guard = {
  name: 'isOwner',
  needsAuth: true,
  check: ({ auth, params }) => auth?.userId === params.owner,
}

const contractOf = (create: () => Guard) =>
  guardContract({
    create,
    allowed: { 'the owner': { auth: { userId: 'ada' }, params: { owner: 'ada' } } },
    denied: {
      'a guest': { auth: { userId: 'bob' }, params: { owner: 'ada' } },
      nobody: { params: { owner: 'ada' } },
    },
  })

const FAULTS: Readonly<Record<string, [createCheck: () => Guard['check'], name: string]>> = {
  'a yes that is not true': [
    () =>
      ({ auth, params }) =>
        (auth?.userId === params.owner ? 1 : 0) as never,
    'allows with true and nothing else',
  ],
  'a no that is nothing': [
    () =>
      ({ auth, params }) =>
        auth?.userId === params.owner ? true : (undefined as never),
    'denies with false or a denial',
  ],
  'a no with a status that says yes': [
    () =>
      ({ auth, params }) =>
        auth?.userId === params.owner || createDenial('ERR_HANDLER_DENIED', { status: 200 }),
    'denies with false or a denial',
  ],
  'a door that stays open': [
    () => {
      let isOpen = false
      return ({ auth, params }) => {
        isOpen ||= auth?.userId === params.owner
        return isOpen
      }
    },
    'does not mix up those who ask at the same time',
  ],
  'a yes for whoever is not known': [
    () =>
      ({ auth, params }) =>
        auth === null || auth.userId === params.owner,
    'denies whoever is not known, when it looks at who asks',
  ],
  'a hand on the params': [
    () =>
      ({ auth, params }) => {
        Object.assign(params, { checked: true })
        return auth?.userId === params.owner
      },
    'allows with true and nothing else',
  ],
}

it('passes a guard that is right', async () => {
  expect(await failuresOf(contractOf(() => right))).toEqual([])
})

it.each(Object.entries(FAULTS))('catches %s', async (_fault, [createCheck, name]) => {
  expect(await failuresOf(contractOf(() => ({ ...right, check: createCheck() })))).toContain(name)
})
