import { expect, it } from 'vitest'
import * as auth from '../src/index.ts'

it('exports what the manual names', () => {
  expect(Object.keys(auth).sort()).toEqual([
    'MemoryRevocationStore',
    'MemoryTicketStore',
    'allOf',
    'allowAny',
    'anyOf',
    'apiKeyAuthentication',
    'createJwt',
    'guard',
    'hasAllPermissions',
    'hasAnyPermission',
    'hasPermission',
    'isAdminUser',
    'isAuthenticated',
    'isStaff',
    'jwtAuthentication',
    'not',
    'ticketAuthentication',
  ])
})
