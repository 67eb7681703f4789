import {
  type AnyProofOf,
  type Denial,
  type Guard,
  type GuardContext,
  type GuardVerdict,
  isDenial,
  type ProofOf,
  SluiceError,
} from '@sluice/core/ports'
import { later } from '../later.ts'

/** Allows when all of several guards do; the first refusal decides. */
export function allOf<const Guards extends readonly Guard[]>(...guards: Guards): Guard<ProofOf<Guards>> {
  return combine('allOf', guards, (context) => askAll(guards, 0, context))
}

/** Allows when one of several guards does, asked in order. If none does, a 401 goes before other refusals. */
export function anyOf<const Guards extends readonly Guard[]>(...guards: Guards): Guard<AnyProofOf<Guards>> {
  return combine('anyOf', guards, (context) => askAny(guards, 0, context, false))
}

/** Allows when a guard does not. An answer that speaks of the server (500 and above) stays what it is. */
export function not(guard: Guard): Guard {
  return combine('not', [guard], (context) => later(guard.check(context), (answer) => invert(read(answer))))
}

/** A guard of your own. Only `true` allows; a denial says more than `false`; what it throws denies with 500. */
export function guard(check: (context: GuardContext) => GuardVerdict | Promise<GuardVerdict>): Guard {
  if (typeof check !== 'function') throw new SluiceError('ERR_INVALID_OPTION', 'guard needs a function')
  return Object.freeze({ name: check.name || 'guard', check })
}

type Answer = GuardVerdict | Promise<GuardVerdict>

function combine(name: string, guards: readonly Guard[], check: (context: GuardContext) => Answer): Guard<never> {
  if (guards.length === 0) throw new SluiceError('ERR_INVALID_OPTION', `${name} needs a guard`)
  const isGuard = (each: unknown) => typeof (each as Guard | undefined)?.check === 'function'
  if (!guards.every(isGuard)) throw new SluiceError('ERR_INVALID_OPTION', `${name} takes guards; see guard()`)
  const needsAuth = name !== 'not' && guards.every((each) => each.needsAuth === true)
  return Object.freeze({ name: `${name}(${guards.map((each) => each.name)})`, needsAuth, check })
}

function askAll(guards: readonly Guard[], index: number, context: GuardContext): Answer {
  const asked = guards[index]
  if (asked === undefined) return true
  return later(asked.check(context), (given) => {
    const answer = read(given)
    return answer === true ? askAll(guards, index + 1, context) : answer
  })
}

function askAny(guards: readonly Guard[], index: number, context: GuardContext, soFar: false | Denial): Answer {
  const asked = guards[index]
  if (asked === undefined) return soFar
  return later(asked.check(context), (given) => {
    const answer = read(given)
    return answer === true || askAny(guards, index + 1, context, index === 0 ? answer : graver(soFar, answer))
  })
}

/** With credentials, a 401 might become a yes. */
function graver(one: false | Denial, other: false | Denial): false | Denial {
  return other !== false && other.status === 401 && (one === false || one.status !== 401) ? other : one
}

function invert(answer: true | false | Denial): GuardVerdict {
  if (answer === true) return false
  return answer === false || answer.status < 500 || answer
}

/** What is neither `true` nor a denial counts as `false`. */
function read(answer: unknown): true | false | Denial {
  if (answer === true) return true
  return isDenial(answer) ? answer : false
}
