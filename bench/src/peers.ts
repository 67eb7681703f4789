import { readFileSync } from 'node:fs'
import { compileServer } from './compiled-server.ts'
import { type Dialect, PLAIN, type Purpose, SOCKET_IO } from './load/dialects.ts'
import { launchUwebsockets } from './uwebsockets-launch.ts'

/** One server that is measured. */
export interface Peer {
  readonly name: string
  readonly version: string
  readonly dialect: Dialect
  /** What its server can be asked for. */
  readonly purposes: readonly Purpose[]
  /** Whether a machine may lack what it needs; it is then reported as absent. */
  readonly isOptional: boolean
  launch(): Promise<Launch>
}

/** A command that starts a server. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
}

const versions = readVersions('../package.json')
const OWN_VERSION: string = readPackage('../../packages/core/package.json').version

/** Every peer, in the order in which they take turns. */
export const PEERS: readonly Peer[] = [
  peer('ws', 'ws.ts', { version: versions.ws }),
  peer('@fastify/websocket', 'fastify-websocket.ts', { version: versions['@fastify/websocket'] }),
  peer('socket.io', 'socket-io.ts', { version: versions['socket.io'], dialect: SOCKET_IO }),
  {
    name: 'uwebsockets',
    version: readVersions('../uwebsockets/package.json').uwebsockets ?? 'unknown',
    dialect: PLAIN,
    purposes: ['echo', 'fan-out'],
    isOptional: true,
    launch: launchUwebsockets,
  },
  peer('sluice', 'sluice.ts', {
    version: OWN_VERSION,
    args: ['callback'],
    purposes: ['echo', 'fan-out', 'checked'],
  }),
  peer('sluice-iterator', 'sluice.ts', { version: OWN_VERSION, args: ['iterator'], purposes: ['echo'] }),
  peer('sluice-batch', 'sluice.ts', { version: OWN_VERSION, args: ['batch'], purposes: ['echo'] }),
  peer('sluice-turbo', 'sluice.ts', { version: OWN_VERSION, args: ['turbo'] }),
  peer('sluice-ws', 'sluice.ts', { version: OWN_VERSION, args: ['callback', 'ws'] }),
  peer('sluice-limits-off', 'sluice.ts', {
    version: OWN_VERSION,
    args: ['callback', 'frame', 'off'],
    purposes: ['echo'],
  }),
  peer('sluice-limits-all', 'sluice.ts', {
    version: OWN_VERSION,
    args: ['callback', 'frame', 'all'],
    purposes: ['echo'],
  }),
  peer('protocol', 'protocol.ts', { version: OWN_VERSION, purposes: ['echo'] }),
]

interface PeerDetails {
  readonly version: string | undefined
  readonly dialect?: Dialect
  readonly purposes?: readonly Purpose[]
  readonly args?: readonly string[]
}

function peer(name: string, script: string, details: PeerDetails): Peer {
  const { version = 'unknown', dialect = PLAIN, purposes = ['echo', 'fan-out'], args = [] } = details
  return {
    name,
    version,
    dialect,
    purposes,
    isOptional: false,
    launch: async () => ({ command: process.execPath, args: ['--expose-gc', await compileServer(script), ...args] }),
  }
}

/** The exact versions that a package file pins. */
function readVersions(path: string): Readonly<Record<string, string>> {
  return readPackage(path).dependencies
}

function readPackage(path: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}
