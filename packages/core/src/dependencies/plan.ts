import { SluiceError } from '../errors.ts'
import type { WebSocketConnection } from '../upgrade/websocket-connection.ts'
import { type Dependency, type Depends, isCompound } from './dependency.ts'

/** The dependencies of a route, each once, and each behind those that it uses. */
export interface DependencyPlan {
  readonly steps: readonly DependencyStep[]
  /** Which steps make the values of `ws.deps`. */
  readonly results: readonly StepName[]
}

export interface DependencyStep {
  /** A name by which it is used. */
  readonly name: string
  readonly inputs: readonly StepName[]
  /** The steps that use this one. */
  readonly users: readonly number[]
  resolve(ws: WebSocketConnection, deps: Readonly<Record<string, unknown>>): unknown
}

/** A step and the name of its value. */
export interface StepName {
  readonly name: string
  readonly step: number
}

/** What stands in for dependencies in a test: by one of their names, or for one itself. */
export type DependencyOverrides = ReadonlyMap<string | AnyDependency, AnyDependency>

type AnyDependency = Dependency<unknown, never>
type AnyDepends = Depends<never>

/**
 * Puts dependencies into the order in which they run.
 * @returns null when there are none
 * @throws SluiceError `ERR_INVALID_OPTION` for one that uses itself, and for an override by a name that nothing has
 */
export function createDependencyPlan(depends: AnyDepends, overrides?: DependencyOverrides): DependencyPlan | null {
  if (Object.keys(depends).length === 0 && overrides === undefined) return null
  const planner = new Planner(overrides === undefined ? NONE : byIdentity(depends, overrides))
  const results = planner.add(depends)
  return { steps: planner.steps, results }
}

type Replacements = ReadonlyMap<AnyDependency, AnyDependency>

const NONE: Replacements = new Map()

class Planner {
  readonly steps: (DependencyStep & { readonly users: number[] })[] = []
  readonly #replacements: Replacements
  readonly #indexes = new Map<AnyDependency, number>()

  constructor(replacements: Replacements) {
    this.#replacements = replacements
  }

  /** @param replaced what the user of these stands in for, and may itself use */
  add(depends: AnyDepends, replaced?: AnyDependency): readonly StepName[] {
    return Object.entries(depends).map(([name, given]) => {
      const replacement = given === replaced ? undefined : this.#replacements.get(given)
      return { name, step: this.#indexOf(name, replacement ?? given, replacement && given) }
    })
  }

  #indexOf(name: string, dependency: AnyDependency, replaced?: AnyDependency): number {
    const known = this.#indexes.get(dependency)
    if (known === UNFINISHED) throw new SluiceError('ERR_INVALID_OPTION', `the dependency '${name}' uses itself`)
    if (known !== undefined) return known
    this.#indexes.set(dependency, UNFINISHED)
    const inputs = isCompound(dependency) ? this.add(dependency.depends, replaced) : []
    const resolve = isCompound(dependency) ? dependency.resolve : dependency
    const index = this.steps.push({ name, inputs, users: [], resolve: resolve as DependencyStep['resolve'] }) - 1
    for (const { step } of inputs) this.steps[step]?.users.push(index)
    this.#indexes.set(dependency, index)
    return index
  }
}

const UNFINISHED = -1

/** Finds the dependencies that have the names, on the route and within other dependencies. */
function byIdentity(depends: AnyDepends, overrides: DependencyOverrides): Replacements {
  const named = namesOf(depends, new Map())
  const replacements = new Map<AnyDependency, AnyDependency>()
  for (const [key, replacement] of overrides) {
    if (typeof key !== 'string') replacements.set(key, replacement)
    else for (const dependency of withName(named, key)) replacements.set(dependency, replacement)
  }
  return replacements
}

function namesOf(
  depends: AnyDepends,
  found: Map<string, Set<AnyDependency>>,
): ReadonlyMap<string, ReadonlySet<AnyDependency>> {
  for (const [name, dependency] of Object.entries(depends)) {
    const same = found.get(name) ?? new Set()
    found.set(name, same.add(dependency))
    if (isCompound(dependency)) namesOf(dependency.depends, found)
  }
  return found
}

/** A misspelt name must not leave the real one in place. */
function withName(named: ReturnType<typeof namesOf>, name: string): ReadonlySet<AnyDependency> {
  const found = named.get(name)
  if (found !== undefined) return found
  const known = Array.from(named.keys()).join(', ') || 'none'
  throw new SluiceError('ERR_INVALID_OPTION', `overrides: the route has no dependency '${name}'; there are ${known}`)
}
