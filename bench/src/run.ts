import { type Conditions, measure, type Sample } from './measure.ts'
import type { Peer } from './peers.ts'
import type { AbsentPeer, PeerReport, Row, WorkloadResults } from './report/results.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { verify } from './verify.ts'
import type { Workload } from './workloads.ts'

/** Which peers can run here: each server is started once. One that a machine may lack is absent if it does not start. */
export async function findPeers(
  peers: readonly Peer[],
): Promise<{ present: Peer[]; reports: PeerReport[]; absent: AbsentPeer[] }> {
  const present: Peer[] = []
  const reports: PeerReport[] = []
  const absent: AbsentPeer[] = []
  for (const peer of peers) {
    try {
      const node = await withServer(peer, undefined, async (server) => server.node)
      present.push(peer)
      reports.push({ name: peer.name, version: peer.version, node: node.slice(1) })
    } catch (error) {
      if (!peer.isOptional) throw error
      absent.push({ name: peer.name, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { present, reports, absent }
}

/** Checks that every peer does a workload correctly, before anything is timed. */
export async function verifyWorkload(
  workload: Workload,
  peers: readonly Peer[],
  core: number | undefined,
): Promise<void> {
  for (const peer of peers) await withServer(peer, core, (server) => verify(peer, server, workload))
}

/** Measures one workload: every peer in turn, round after round, each time on a new server. */
export async function runWorkload(
  workload: Workload,
  peers: readonly Peer[],
  rounds: number,
  conditions: Conditions,
  onTurn: (peer: Peer, round: number) => void,
): Promise<WorkloadResults> {
  const samples = new Map<Peer, Sample[]>(peers.map((peer) => [peer, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [peer, taken] of samples) {
      onTurn(peer, round)
      taken.push(
        await withServer(peer, conditions.cores?.server, (server) => measure(peer, server, workload, conditions)),
      )
    }
  }
  const rows: Row[] = [...samples].map(([peer, taken]) => ({ peer: peer.name, samples: taken }))
  const { name, title, kind, unit, sockets } = workload
  return { name, title, kind, unit, sockets, rows }
}

/** Runs something on a server of its own, which is stopped whatever happens. */
export async function withServer<T>(
  peer: Peer,
  core: number | undefined,
  use: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await startServer(peer, core)
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}
