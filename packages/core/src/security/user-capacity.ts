import { createDenial } from './denial.ts'
import { denied, PASSED, type Stage } from './stage.ts'
import type { UserSeats } from './user-seats.ts'

/** Takes a place among the user's own connections, under every cap that the route stands under. Anonymous peers have none. */
export function createUserCapacityStage(caps: readonly UserSeats[]): Stage {
  return (context) => {
    const userId = context.auth?.userId
    if (typeof userId !== 'string') return PASSED
    for (const seats of caps) {
      const lease = seats.take(userId)
      if (lease === undefined) return FULL
      context.hold(lease)
    }
    return PASSED
  }
}

const FULL = denied(createDenial('ERR_TOO_MANY_USER_CONNECTIONS', { headers: Object.freeze({ 'Retry-After': '5' }) }))
