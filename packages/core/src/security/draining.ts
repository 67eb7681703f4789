import { createDenial } from './denial.ts'
import { denied, PASSED, type Stage } from './stage.ts'

/** Denies once the server has begun to shut down. @param retryAfter seconds until another node, or the next start, should answer */
export function createDrainingStage(isDraining: () => boolean, retryAfter: number): Stage {
  const shuttingDown = denied(
    createDenial('ERR_SHUTTING_DOWN', { headers: Object.freeze({ 'Retry-After': String(retryAfter) }) }),
  )
  return () => (isDraining() ? shuttingDown : PASSED)
}
