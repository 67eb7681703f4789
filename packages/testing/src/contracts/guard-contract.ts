import assert from 'node:assert/strict'
import {
  type AuthContextInit,
  createAuthContext,
  type Guard,
  type GuardContext,
  type GuardVerdict,
  isDenial,
} from '@sluice/core/ports'
import { type ContractCase, createContract, type Skips } from './contract.ts'
import { type RequestParts, upgradeRequestOf } from './upgrade-request-of.ts'

/** What a guard is asked about. */
export interface GuardScene extends RequestParts {
  /** Who asks. @default nobody is known */
  readonly auth?: Partial<AuthContextInit>
  readonly params?: Readonly<Record<string, unknown>>
  /** @default '/ws' */
  readonly route?: string
}

export interface GuardSubject {
  /** Makes a guard. Called once for each case. */
  create(): Guard | Promise<Guard>
  /** Whom it lets in, by what they are. */
  readonly allowed: Readonly<Record<string, GuardScene>>
  /** Whom it does not. */
  readonly denied: Readonly<Record<string, GuardScene>>
  readonly skip?: Skips
}

/** What every guard does. */
export function guardContract({ create, allowed, denied, skip }: GuardSubject): ContractCase[] {
  const verdicts = async (guard: Guard, scenes: Readonly<Record<string, GuardScene>>) => {
    const found: [string, GuardVerdict][] = []
    for (const [name, scene] of Object.entries(scenes)) found.push([name, await guard.check(contextOf(scene))])
    return found
  }

  return createContract(
    {
      'has a name': async () => {
        const { name } = await create()
        assert(typeof name === 'string' && name !== '', 'the name is empty')
      },
      'allows with true and nothing else': async () => {
        for (const [name, verdict] of await verdicts(await create(), allowed)) assert.equal(verdict, true, name)
      },
      'denies with false or a denial': async () => {
        for (const [name, verdict] of await verdicts(await create(), denied)) {
          assert(verdict === false || isDenial(verdict), `${name}: the verdict is ${String(verdict)}`)
        }
      },
      'says the same again, whoever came between': async () => {
        const guard = await create()
        const before = [...(await verdicts(guard, allowed)), ...(await verdicts(guard, denied))]
        const after = [...(await verdicts(guard, denied)), ...(await verdicts(guard, allowed))]
        const byName = (each: readonly [string, GuardVerdict][]) =>
          Object.fromEntries(each.map(([name, verdict]) => [name, verdict === true]))
        assert.deepEqual(byName(after), byName(before))
      },
      'does not mix up those who ask at the same time': async () => {
        const guard = await create()
        const scenes = [...Object.values(allowed), ...Object.values(denied)]
        const found = await Promise.all(scenes.map(async (scene) => guard.check(contextOf(scene))))
        assert.deepEqual(
          found.map((verdict) => verdict === true),
          scenes.map((_, index) => index < Object.keys(allowed).length),
        )
      },
      'denies whoever is not known, when it looks at who asks': async () => {
        const guard = await create()
        if (guard.needsAuth !== true) return
        for (const [name, { auth: _, ...scene }] of Object.entries(allowed)) {
          assert.notEqual(await guard.check(contextOf(scene)), true, `${name}, but unknown`)
        }
      },
    },
    skip,
  )
}

/** Frozen: a guard that writes into it throws. */
function contextOf({ auth, params = {}, route = '/ws', ...request }: GuardScene): GuardContext {
  return Object.freeze({
    request: upgradeRequestOf(request),
    auth: auth === undefined ? null : createAuthContext({ userId: 'ada', backend: 'contract', ...auth }),
    params: Object.freeze({ ...params }),
    route,
  })
}
