import type { Spread } from '../statistics.ts'

/** A figure in three significant digits: `1,260,000` for rates, `8.1 KB` for bytes. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'bytes') return `${(value / 1000).toFixed(1)} KB`
  return Number(value.toPrecision(3)).toLocaleString('en-US')
}

/** A ratio in about three digits. */
export function formatRatio(ratio: number): string {
  return ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)
}

/** Least and greatest of a ratio. */
export function formatSpread(ratio: Spread): string {
  return `${formatRatio(ratio.least)} – ${formatRatio(ratio.greatest)}`
}

/** A share of one core. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`
}

/** Microseconds. */
export function formatCost(microseconds: number | undefined): string {
  return microseconds === undefined ? '' : `${microseconds.toPrecision(3)} µs`
}
