import { type AuthContext, createAuthContext, createDenial, type Guard } from '@sluice/core/ports'
import { describe, expect, it, vi } from 'vitest'
import {
  allOf,
  allowAny,
  anyOf,
  guard,
  hasAllPermissions,
  hasAnyPermission,
  hasPermission,
  isAdminUser,
  isAuthenticated,
  isStaff,
  not,
} from '../../src/index.ts'
import { guardContext } from '../fixtures.ts'

/** 200, or the status of the refusal. */
async function statusOf(asked: Guard, auth: Partial<AuthContext> | null): Promise<number> {
  const answer = await asked.check(guardContext(auth))
  if (answer === true) return 200
  return answer === false ? 403 : answer.status
}

const readWrite = {
  permissions: createAuthContext({ userId: 'x', backend: 'x', permissions: ['read', 'write'] }).permissions,
}

describe('the guards of the table', () => {
  it.each<[string, Guard, number, number, Partial<AuthContext>]>([
    ['allowAny', allowAny(), 200, 200, {}],
    ['isAuthenticated', isAuthenticated(), 401, 200, {}],
    ['isAdminUser', isAdminUser(), 401, 403, { isSuperuser: true }],
    ['isStaff', isStaff(), 401, 403, { isStaff: true }],
    ['hasPermission', hasPermission('read'), 401, 403, readWrite],
    ['hasAnyPermission', hasAnyPermission('delete', 'write'), 401, 403, readWrite],
    ['hasAllPermissions', hasAllPermissions('read', 'write'), 401, 403, readWrite],
  ])('GD-04 %s: nobody %s, somebody %s, the right one 200', async (_name, asked, nobody, somebody, right) => {
    expect(await statusOf(asked, null)).toBe(nobody)
    expect(await statusOf(asked, {})).toBe(somebody)
    expect(await statusOf(asked, right)).toBe(200)
  })

  it('GD-04 isAuthenticated wants a user', async () => {
    expect(await statusOf(isAuthenticated(), { userId: null })).toBe(401)
  })

  it('does not confuse the rights', async () => {
    expect(await statusOf(isAdminUser(), { isStaff: true })).toBe(403)
    expect(await statusOf(isStaff(), { isSuperuser: true })).toBe(403)
    expect(await statusOf(hasAllPermissions('read', 'delete'), readWrite)).toBe(403)
    expect(await statusOf(hasPermission('re'), readWrite)).toBe(403)
  })

  it('takes no truthy right for true', async () => {
    expect(await statusOf(isStaff(), { isStaff: 1 as never })).toBe(403)
    expect(await statusOf(isAdminUser(), { isSuperuser: 'yes' as never })).toBe(403)
  })

  it('GD-05 only allowAny ends its list', () => {
    expect(allowAny().isFinal).toBe(true)
    for (const other of [isAuthenticated(), isStaff(), hasPermission('read'), allOf(allowAny())]) {
      expect(other.isFinal).toBeUndefined()
    }
  })
})

describe('combinators', () => {
  const yes = guard(() => true)
  const no = guard(() => false)
  const yesLater = guard(async () => true)
  const noLater = guard(async () => false)
  const paid = guard(() => createDenial('ERR_PERMISSION_DENIED', { status: 402 }))
  const failed = guard(() => createDenial('ERR_UNAVAILABLE'))

  it.each<[string, Guard, number]>([
    ['allOf yes, yes', allOf(yes, yesLater), 200],
    ['allOf yes, no', allOf(yes, no), 403],
    ['allOf no later, yes', allOf(noLater, yes), 403],
    ['allOf yes later, 402', allOf(yesLater, paid), 402],
    ['anyOf no, yes', anyOf(no, yes), 200],
    ['anyOf no later, yes later', anyOf(noLater, yesLater), 200],
    ['anyOf no, no', anyOf(no, noLater), 403],
    ['anyOf 402, no', anyOf(paid, no), 402],
    ['anyOf no, 402', anyOf(no, paid), 403],
    ['anyOf no, 401', anyOf(no, isAuthenticated()), 401],
    ['anyOf 402, 401', anyOf(paid, isStaff()), 401],
    ['not yes', not(yes), 403],
    ['not no', not(no), 200],
    ['not no later', not(noLater), 200],
    ['not 402', not(paid), 200],
    ['not 503', not(failed), 503],
    ['not isAuthenticated', not(isAuthenticated()), 200],
    ['nested', allOf(anyOf(no, yesLater), not(anyOf(no, noLater))), 200],
  ])('%s: %s', async (_name, asked, status) => {
    expect(await statusOf(asked, null)).toBe(status)
  })

  it.each([0, 1, '', 'true', null, undefined, {}, Promise.resolve('yes')])(
    'GD-02 take only true for a yes: %j',
    async (answer) => {
      const odd = guard(() => answer as never)
      expect(await statusOf(allOf(odd), {})).toBe(403)
      expect(await statusOf(anyOf(odd), {})).toBe(403)
      expect(await statusOf(not(odd), {})).toBe(200)
    },
  )

  it('GD-01 ask in order, and no more than they need', async () => {
    const last = vi.fn(() => true)
    await allOf(yes, no, guard(last)).check(guardContext(null))
    await anyOf(no, yesLater, guard(last)).check(guardContext(null))
    expect(last).not.toHaveBeenCalled()
  })

  it('GD-03 pass on what a guard throws: no other guard can make up for it', async () => {
    const broken = guard(() => {
      throw new Error('db')
    })
    const brokenLater = guard(() => Promise.reject(new Error('db')))
    for (const combine of [allOf, anyOf]) {
      expect(() => combine(broken, yes).check(guardContext(null))).toThrow('db')
      await expect(combine(brokenLater, yes).check(guardContext(null))).rejects.toThrow('db')
    }
    expect(() => not(broken).check(guardContext(null))).toThrow('db')
  })

  it('make no promise of their own', () => {
    expect(allOf(yes, anyOf(no, yes), not(no)).check(guardContext(null))).toBe(true)
  })

  it('refuse what is no guard', () => {
    for (const wrong of [
      () => allOf(),
      () => anyOf(),
      () => not(undefined as never),
      () => allOf((() => true) as never),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
    }
    expect(() => guard({} as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it('tell the lint whether they could ever allow a stranger', () => {
    expect(allOf(isStaff(), isAuthenticated()).needsAuth).toBe(true)
    expect(anyOf(isStaff(), yes).needsAuth).toBe(false)
    expect(not(isStaff()).needsAuth).toBe(false)
  })

  it('are named after what they combine', () => {
    expect(allOf(isStaff(), anyOf(hasPermission('a'), isAdminUser())).name).toBe(
      'allOf(isStaff,anyOf(hasAllPermissions(a),isAdminUser))',
    )
    expect(
      guard(function isOwner() {
        return true
      }).name,
    ).toBe('isOwner')
  })
})
