import type { Peer } from './peers.ts'
import { startProcess } from './processes.ts'
import type { Listening, ServerCommand, ServerEvent, Usage } from './servers/control.ts'

/** A peer's server that runs and listens. */
export interface ServerProcess extends Listening {
  /** CPU and memory as the server itself sees them. */
  usage(): Promise<Usage>
  /** The same after a full garbage collection. */
  collect(): Promise<Usage>
  stop(): Promise<void>
}

const START_TIMEOUT = 15_000
/** A saturated server answers between two turns of its event loop. */
const ANSWER_TIMEOUT = 10_000

/** Starts a peer's server and waits until it listens. Rejects with the server's own words where it cannot. */
export async function startServer(peer: Peer, core: number | undefined): Promise<ServerProcess> {
  const { command, args } = await peer.launch()
  const server = startProcess<ServerEvent>(core, command, args)
  try {
    const first = await server.next(START_TIMEOUT)
    if (first.event !== 'listening') throw new Error(`${peer.name} spoke before it listened`)
    return { ...first.listening, usage: () => ask('usage'), collect: () => ask('collect'), stop: () => server.end() }
  } catch (error) {
    await server.end()
    throw error
  }

  async function ask(command: ServerCommand): Promise<Usage> {
    server.write(`${command}\n`)
    const answer = await server.next(ANSWER_TIMEOUT)
    if (answer.event !== 'usage') throw new Error(`${peer.name} did not answer ${command}`)
    return answer.usage
  }
}
