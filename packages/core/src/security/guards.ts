import { isPending } from '../is-pending.ts'
import { createDenial, type Denial, isDenial } from './denial.ts'
import type { Guard } from './ports.ts'
import { denied, PASSED, type Stage, type UpgradeContext, type Verdict } from './stage.ts'

/**
 * Asks the guards in order; the first refusal decides. The lists are those of the app, its parents and the route: a final
 * guard ends its own list and no other, so that no list can switch another off.
 * @param unauthenticated the 401 of the route, with its challenges
 */
export function createGuardsStage(lists: readonly (readonly Guard[])[], unauthenticated: Denial): Stage {
  return (context) => checkLists(lists, 0, context, unauthenticated)
}

function checkLists(
  lists: readonly (readonly Guard[])[],
  start: number,
  context: UpgradeContext,
  unauthenticated: Denial,
): Verdict | Promise<Verdict> {
  for (let index = start; index < lists.length; index++) {
    const verdict = checkList(lists[index] as readonly Guard[], 0, context, unauthenticated)
    if (isPending(verdict)) {
      return verdict.then((late) => (late.ok ? checkLists(lists, index + 1, context, unauthenticated) : late))
    }
    if (!verdict.ok) return verdict
  }
  return PASSED
}

function checkList(
  guards: readonly Guard[],
  start: number,
  context: UpgradeContext,
  unauthenticated: Denial,
): Verdict | Promise<Verdict> {
  for (let index = start; index < guards.length; index++) {
    const guard = guards[index] as Guard
    const answer: unknown = guard.check(context)
    if (isPending(answer)) {
      return answer.then((late) => {
        const verdict = verdictOf(guard, late, unauthenticated)
        return verdict.ok && guard.isFinal !== true ? checkList(guards, index + 1, context, unauthenticated) : verdict
      })
    }
    const verdict = verdictOf(guard, answer, unauthenticated)
    if (!verdict.ok || guard.isFinal === true) return verdict
  }
  return PASSED
}

/** Only `true` allows. */
function verdictOf(guard: Guard, answer: unknown, unauthenticated: Denial): Verdict {
  if (answer === true) return PASSED
  const cause = `guard: ${guard.name}`
  if (!isDenial(answer)) return denied(createDenial('ERR_PERMISSION_DENIED', { cause }))
  if (answer.status !== 401) return denied({ cause, ...answer })
  return denied({ cause, ...answer, headers: { ...unauthenticated.headers, ...answer.headers } })
}
