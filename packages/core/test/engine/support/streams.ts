import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'

/** Both ends of one connection. */
export interface StreamPair {
  readonly server: Duplex
  readonly client: Duplex
}

/** A kind of stream that a transport may stand on. */
export interface StreamKind {
  readonly name: 'tcp' | 'tls' | 'memory'
  /** A new connection; both ends are gone when the test has finished. */
  open(): Promise<StreamPair>
  /** Breaks the connection from the client's side, as a reset does. */
  break(client: Duplex): void
}

const tcp: StreamKind = {
  name: 'tcp',
  open: () => openOver(createServer({ allowHalfOpen: true, noDelay: true }), 'connection', (port) => dial(port)),
  break: (client) => void (client as Socket).resetAndDestroy(),
}

/** With a key that both sides know, TLS needs no certificate. */
const PRE_SHARED = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
const HALF_OPEN = { allowHalfOpen: true }
const psk = Buffer.from('0123456789abcdef')

const tls: StreamKind = {
  name: 'tls',
  open() {
    const server = createTlsServer({ ...PRE_SHARED, ...HALF_OPEN, pskCallback: () => psk })
    return openOver(server, 'secureConnection', (port) => {
      const pskCallback = () => ({ psk, identity: 'test' })
      const checkServerIdentity = () => undefined
      const socket = dial(port)
      const client = connectTls({ ...PRE_SHARED, ...HALF_OPEN, socket, pskCallback, checkServerIdentity })
      carriers.set(client, socket)
      return client
    })
  },
  break: (client) => void carriers.get(client)?.resetAndDestroy(),
}

/** What TLS connections stand on. */
const carriers = new WeakMap<Duplex, Socket>()

/** One that answers within a write, and knows no partial write: whatever is written waits for the reader. */
const memory: StreamKind = {
  name: 'memory',
  async open() {
    const [server, client] = duplexPair()
    return finish({ server, client })
  },
  break: (client) => void client.destroy(new Error('broken')),
}

export const STREAM_KINDS = [tcp, tls, memory]

function dial(port: number): Socket {
  return connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
}

async function openOver(
  listener: Server,
  event: 'connection' | 'secureConnection',
  dialTo: (port: number) => Duplex,
): Promise<StreamPair> {
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const accepted = once(listener, event)
  const client = dialTo((listener.address() as AddressInfo).port)
  const [server] = (await accepted) as [Duplex]
  listener.close()
  return finish({ server, client })
}

function finish(pair: StreamPair): StreamPair {
  pair.client.on('error', () => {})
  onTestFinished(() => {
    pair.client.destroy()
    pair.server.destroy()
  })
  return pair
}
