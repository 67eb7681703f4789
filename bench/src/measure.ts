import type { LoadKind, LoadPlan } from './load/plan.ts'
import { type Generator, holdConnections, startLoad } from './load-process.ts'
import { type Cores, watchCores } from './machine.ts'
import { chooseOpening } from './opening.ts'
import type { Peer } from './peers.ts'
import type { ServerProcess } from './server-process.ts'
import type { Workload } from './workloads.ts'

/** One measurement. */
export interface Sample {
  /** In the workload's unit; for memory, of resident memory. */
  readonly value: number
  /** JavaScript heap and buffers in bytes, where memory is what was measured. */
  readonly heap?: number
  /** Who used the cores, where speed is what was measured. */
  readonly cpu?: CpuShares
}

/** Shares of one core, from 0 to 1. */
export interface CpuShares {
  readonly server: number
  readonly load: number
  /** Of the server's core, what was used, and not by the server. */
  readonly foreign: number
}

/** How to measure. Times are milliseconds. */
export interface Conditions {
  readonly cores: Cores | undefined
  readonly generator: Generator
  readonly warmup: number
  readonly duration: number
}

/** Connections that are open before the first reading of an idle workload, so that one-time costs are not counted. */
const IDLE_BASE = 100
const HOLD_LIMIT = 120_000

/** Measures one workload on a server that listens. */
export async function measure(
  peer: Peer,
  server: ServerProcess,
  workload: Workload,
  conditions: Conditions,
): Promise<Sample> {
  return workload.kind === 'idle'
    ? measureIdle(peer, server, workload, conditions)
    : measureThroughput(peer, server, workload, conditions, workload.kind)
}

async function measureThroughput(
  peer: Peer,
  server: ServerProcess,
  workload: Workload,
  conditions: Conditions,
  kind: LoadKind,
): Promise<Sample> {
  const { cores, generator } = conditions
  const load = startLoad(generator, cores?.load, createPlan(peer, server, workload, { ...conditions, kind }))
  try {
    await load.started()
    const before = await server.usage()
    const busy = cores === undefined ? () => 0 : watchCores([cores.server])
    const { count, elapsed, cpu } = await load.finished()
    const after = await server.usage()
    const serverShare = (after.cpu - before.cpu) / (after.at - before.at)
    return {
      value: (count / elapsed) * 1000,
      cpu: { server: serverShare, load: cpu / elapsed, foreign: Math.max(0, busy() - serverShare) },
    }
  } finally {
    await load.end()
  }
}

async function measureIdle(
  peer: Peer,
  server: ServerProcess,
  workload: Workload,
  conditions: Conditions,
): Promise<Sample> {
  const plan = createPlan(peer, server, workload, { kind: 'hold', warmup: 0, duration: HOLD_LIMIT })
  const core = conditions.cores?.load
  const base = await holdConnections(core, { ...plan, sockets: Math.min(IDLE_BASE, plan.sockets) })
  try {
    const before = await server.collect()
    const idle = await holdConnections(core, plan)
    try {
      const after = await server.collect()
      const perSocket = (bytes: number): number => bytes / plan.sockets
      return {
        value: perSocket(after.rss - before.rss),
        heap: perSocket(after.heap - before.heap),
      }
    } finally {
      await idle.end()
    }
  } finally {
    await base.end()
  }
}

function createPlan(
  peer: Peer,
  server: ServerProcess,
  workload: Workload,
  timing: Pick<LoadPlan, 'kind' | 'warmup' | 'duration'>,
): LoadPlan {
  const { purpose, port, request, greeting } = chooseOpening(peer, server, workload)
  return {
    kind: timing.kind,
    warmup: timing.warmup,
    duration: timing.duration,
    sockets: workload.sockets,
    inFlight: workload.inFlight,
    framesPerMessage: peer.dialect.framesPerMessage(workload.payload),
    message: peer.dialect.encodeMessage(purpose, workload.payload),
    port,
    request,
    greeting,
  }
}
