import { ratioOf, type Spread, spreadOf } from '../statistics.ts'
import type { Row, WorkloadResults } from './results.ts'

/** One row as a reader wants it. */
export interface RowSummary {
  readonly peer: string
  readonly value: Spread
  /** In units of the peer that the others are compared with; `undefined` where that one did not take part. */
  readonly ratio: Spread | undefined
  readonly heap: Spread | undefined
  /** Medians, from 0 to 1. */
  readonly serverCpu: number | undefined
  readonly loadCpu: number | undefined
  /** Microseconds of the server's CPU for one message: what stays comparable while others use the machine. */
  readonly cost: number | undefined
  /** What makes the figure doubtful. */
  readonly remarks: readonly Remark[]
}

/** `generator`: the load generator was the limit, not the server. `foreign`: somebody else used the server's core. */
export type Remark = 'generator' | 'foreign'

const SATURATED = 0.95
const FOREIGN_SHARE = 0.1

/** Medians, ratios and remarks of one workload. */
export function summarize(workload: WorkloadResults, against: string): RowSummary[] {
  const base = workload.rows.find((row) => row.peer === against)?.samples.map((sample) => sample.value)
  return workload.rows.map((row) => {
    const values = row.samples.map((sample) => sample.value)
    const heaps = row.samples.flatMap((sample) => sample.heap ?? [])
    const costs = row.samples.flatMap(({ value, cpu }) => (cpu === undefined ? [] : (cpu.server / value) * 1e6))
    const serverCpu = medianShare(row, 'server')
    const loadCpu = medianShare(row, 'load')
    const foreign = medianShare(row, 'foreign')
    const remarks: Remark[] = []
    if (loadCpu !== undefined && serverCpu !== undefined && loadCpu > SATURATED && serverCpu < SATURATED) {
      remarks.push('generator')
    }
    if (foreign !== undefined && foreign > FOREIGN_SHARE) remarks.push('foreign')
    return {
      peer: row.peer,
      value: spreadOf(values),
      ratio: base === undefined ? undefined : ratioOf(values, base),
      heap: heaps.length === 0 ? undefined : spreadOf(heaps),
      serverCpu,
      loadCpu,
      cost: costs.length === 0 ? undefined : spreadOf(costs).median,
      remarks,
    }
  })
}

function medianShare(row: Row, name: 'server' | 'load' | 'foreign'): number | undefined {
  const shares = row.samples.flatMap((sample) => sample.cpu?.[name] ?? [])
  return shares.length === 0 ? undefined : spreadOf(shares).median
}
