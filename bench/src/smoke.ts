import { chooseGenerator } from './load-process.ts'
import { type Conditions, measure } from './measure.ts'
import type { Peer } from './peers.ts'
import { findPeers, withServer } from './run.ts'
import { isUwebsocketsInstalled } from './uwebsockets-launch.ts'
import { verify } from './verify.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

const NAMES = ['echo-64', 'echo-64k', 'fan-out-16', 'handshake', 'handshake-checked', 'idle']
const SOCKETS = 20

/** Checks that every peer answers correctly and can be measured, at once and for a moment each. Its figures mean nothing. */
export async function runSmoke(peers: readonly Peer[]): Promise<string> {
  const conditions = { cores: undefined, generator: await chooseGenerator(), warmup: 50, duration: 200 }
  // What would first have to be fetched is not worth a check.
  const here = peers.filter((peer) => peer.name !== 'uwebsockets' || isUwebsocketsInstalled())
  const { present, absent } = await findPeers(here)
  const lines = await Promise.all(present.map((peer) => checkPeer(peer, conditions)))
  return [...lines, ...absent.map((peer) => `${peer.name} is absent: ${peer.reason}`)].join('\n')
}

async function checkPeer(peer: Peer, conditions: Conditions): Promise<string> {
  const workloads = WORKLOADS.filter(({ name, peers }) => NAMES.includes(name) && peers.includes(peer.name))
  await withServer(peer, undefined, async (server) => {
    for (const workload of workloads.map(shrink)) {
      await verify(peer, server, workload)
      const { value } = await measure(peer, server, workload, conditions)
      if (workload.kind !== 'idle' && value === 0)
        throw new Error(`${peer.name}: nothing came back in '${workload.name}'`)
    }
  })
  return `${peer.name}: ${workloads.map(({ name }) => name).join(', ')}`
}

function shrink(workload: Workload): Workload {
  return { ...workload, sockets: Math.min(workload.sockets, SOCKETS) }
}
