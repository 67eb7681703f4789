import type { Dependency } from '@sluice/core'
import { type DependencyOverrides, isDependency } from '@sluice/core/internal'

/**
 * What stands in for dependencies: by name, or in pairs of a dependency and its stand-in, as in a `Map`. A name holds wherever it is
 * used, on the route and within other dependencies, and one that nothing has denies with 500.
 */
export type Overrides =
  | Readonly<Record<string, Dependency>>
  | Iterable<readonly [original: Dependency<unknown, never>, replacement: Dependency]>

export function isOverrides(value: unknown): value is Overrides {
  if (typeof value !== 'object' || value === null) return false
  if (!isIterable(value)) return Object.values(value).every(isDependency)
  return Array.from(value).every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isDependency))
}

/** One map of both kinds. */
export function resolveOverrides(overrides: Overrides | undefined): DependencyOverrides | undefined {
  if (overrides === undefined) return undefined
  const pairs = isIterable(overrides) ? Array.from(overrides) : Object.entries(overrides)
  return new Map(pairs as [string | Dependency, Dependency][])
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value
}
