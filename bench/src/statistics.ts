/** Middle, least and greatest of some figures. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** The median with its spread. Throws for no figures at all. */
export function spreadOf(figures: readonly number[]): Spread {
  if (figures.length === 0) throw new RangeError('a spread needs at least one figure')
  const sorted = [...figures].sort((one, other) => one - other)
  const middle = sorted.length / 2
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return { median: (lower + upper) / 2, least: sorted[0] ?? Number.NaN, greatest: sorted.at(-1) ?? Number.NaN }
}

/**
 * The spread of `figures` in units of `base`, each divided by the one of the same round: what slows a whole round down
 * falls out of the ratio. Throws where the rounds are not the same.
 */
export function ratioOf(figures: readonly number[], base: readonly number[]): Spread {
  if (figures.length !== base.length) throw new RangeError('a ratio needs the same rounds on both sides')
  return spreadOf(figures.map((figure, round) => figure / (base[round] ?? Number.NaN)))
}
