import type { Payload, Purpose } from './load/dialects.ts'

/** One thing that is measured, the same for every peer. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly kind: 'echo' | 'fan-out' | 'handshake' | 'idle'
  readonly unit: string
  /** The route to use. A peer without it answers on its echo route: a bare peer against one that checks. */
  readonly purpose: Purpose
  readonly sockets: number
  readonly inFlight: number
  readonly payload: Payload
  /** Peers that take part, in turn. */
  readonly peers: readonly string[]
}

const SERVERS = ['ws', '@fastify/websocket', 'socket.io', 'uwebsockets', 'sluice']
/** Another way to write an echo, another engine to run it, and the engine with nothing around it. */
const ECHOES = [...SERVERS, 'sluice-turbo', 'sluice-iterator', 'sluice-ws', 'protocol']

const text64 = 'abcdefgh'.repeat(8)

/** Every workload, in the order of the table. */
export const WORKLOADS: readonly Workload[] = [
  echo('echo-1', 'Echo of 64 bytes, 1 in flight', { sockets: 64, inFlight: 1, payload: text64 }),
  echo('echo-64', 'Echo of 64 bytes, 64 in flight', { sockets: 64, inFlight: 64, payload: text64 }),
  {
    // All of a batch is there at once: none has to wait for its time.
    ...echo('batch', 'Echo of 64 bytes in batches of 50, 50 in flight', {
      sockets: 64,
      inFlight: 50,
      payload: text64,
    }),
    peers: ['ws', 'uwebsockets', 'sluice', 'sluice-batch'],
  },
  {
    ...echo('limits-64', 'The same, with no limit, the default ones and all of them', {
      sockets: 64,
      inFlight: 64,
      payload: text64,
    }),
    peers: ['sluice', 'sluice-limits-off', 'sluice-limits-all'],
  },
  echo('echo-16k', 'Echo of 16 KiB, 8 in flight', { sockets: 16, inFlight: 8, payload: bytes(16 * 1024) }),
  echo('echo-64k', 'Echo of 64 KiB, 8 in flight', { sockets: 16, inFlight: 8, payload: bytes(64 * 1024) }),
  fanOut('fan-out-1', 'Fan-out to 500, 1 in flight', 1),
  fanOut('fan-out-16', 'Fan-out to 500, 16 in flight', 16),
  handshake('handshake', 'Opening handshakes', 'echo', SERVERS),
  handshake('handshake-checked', 'Opening handshakes, in Sluice with origin, rate limit, JWT and guard', 'checked', [
    'ws',
    '@fastify/websocket',
    'sluice',
  ]),
  {
    name: 'idle',
    title: 'Memory of one idle socket',
    kind: 'idle',
    unit: 'bytes',
    purpose: 'echo',
    sockets: 10_000,
    inFlight: 1,
    payload: text64,
    peers: SERVERS,
  },
]

/** Whether more of this workload's figure is better. */
export function isMoreBetter(workload: Pick<Workload, 'kind'>): boolean {
  return workload.kind !== 'idle'
}

function echo(name: string, title: string, load: Pick<Workload, 'sockets' | 'inFlight' | 'payload'>): Workload {
  return { name, title, kind: 'echo', unit: 'messages/s', purpose: 'echo', peers: ECHOES, ...load }
}

function fanOut(name: string, title: string, inFlight: number): Workload {
  const load = { sockets: 500, inFlight, payload: text64 }
  return { name, title, kind: 'fan-out', unit: 'deliveries/s', purpose: 'fan-out', peers: SERVERS, ...load }
}

function handshake(name: string, title: string, purpose: Purpose, peers: readonly string[]): Workload {
  const load = { sockets: 64, inFlight: 1, payload: text64 }
  return { name, title, kind: 'handshake', unit: 'handshakes/s', purpose, peers, ...load }
}

function bytes(length: number): Buffer {
  return Buffer.alloc(length, 'binary payload ')
}
