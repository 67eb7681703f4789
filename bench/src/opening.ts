import type { Target } from './load/client.ts'
import { encodeRequest, type Purpose } from './load/dialects.ts'
import type { Peer } from './peers.ts'
import type { ServerProcess } from './server-process.ts'
import type { Workload } from './workloads.ts'

/** How to open a conversation with a server for a workload. */
export interface Opening extends Target {
  /** The route that takes it. */
  readonly purpose: Purpose
}

/** The opening for a workload. A peer without the route that is asked for answers on its echo route. */
export function chooseOpening(peer: Peer, server: ServerProcess, workload: Workload): Opening {
  const purpose = peer.purposes.includes(workload.purpose) ? workload.purpose : 'echo'
  const headers = purpose === 'checked' ? server.headers : {}
  const request = encodeRequest(peer.dialect.target(purpose), headers)
  return { purpose, port: server.port, request, greeting: peer.dialect.greeting }
}
