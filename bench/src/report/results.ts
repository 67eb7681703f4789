import type { Machine } from '../machine.ts'
import type { Sample } from '../measure.ts'
import type { Workload } from '../workloads.ts'

/** Everything that a run found out, as it is written to JSON. */
export interface Results {
  /** ISO 8601. */
  readonly date: string
  readonly machine: Machine
  /** Whether server and generator were tied to cores of their own. */
  readonly isPinned: boolean
  /** Share of the machine that somebody else used just before the start, from 0 to 1. */
  readonly busyBefore: number
  readonly generator: 'native' | 'node'
  readonly rounds: number
  readonly seconds: number
  readonly peers: readonly PeerReport[]
  readonly absent: readonly AbsentPeer[]
  readonly workloads: readonly WorkloadResults[]
}

export interface PeerReport {
  readonly name: string
  readonly version: string
  /** The Node that ran its server. */
  readonly node: string
}

export interface AbsentPeer {
  readonly name: string
  readonly reason: string
}

export interface WorkloadResults extends Pick<Workload, 'name' | 'title' | 'kind' | 'unit' | 'sockets'> {
  readonly rows: readonly Row[]
}

/** One peer's samples, a round each. */
export interface Row {
  readonly peer: string
  readonly samples: readonly Sample[]
}
