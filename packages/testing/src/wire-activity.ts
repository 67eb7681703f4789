import type { Server, Socket } from 'node:net'
import { type Activity, unwatch, watch } from './activity.ts'
import type { MemorySockets } from './memory-socket.ts'

/** A wire in memory is under way while bytes are about to arrive at either end. */
export function watchMemoryWire({ client, server }: MemorySockets): void {
  const activity = {
    get isUnderWay() {
      return client.isDelivering || server.isDelivering
    },
  }
  watch(activity)
  let openEnds = 2
  const endOnClose = () => {
    if (--openEnds === 0) unwatch(activity)
  }
  client.once('close', endOnClose)
  server.once('close', endOnClose)
}

/** A TCP connection within this process is under way while one end has written what the other, which reads, has not read. */
export function watchTcpWire(server: Server, client: Socket): void {
  const wire = new TcpWire(client)
  const serverOnConnection = (socket: Socket) => wire.offer(socket)
  server.on('connection', serverOnConnection)
  client.once('close', () => server.removeListener('connection', serverOnConnection))
  watch(wire)
}

class TcpWire implements Activity {
  readonly #client: Socket
  readonly #accepted: Socket[] = []
  #port: number | undefined
  #server: Socket | undefined

  constructor(client: Socket) {
    this.#client = client
    client.once('connect', () => this.#connected(client.localPort))
    client.once('close', () => this.#endWith(this.#server))
  }

  /** The server has accepted a connection, of this wire or of another. */
  offer(socket: Socket): void {
    this.#accepted.push(socket)
    this.#match()
  }

  get isUnderWay(): boolean {
    const client = this.#client
    const server = this.#server
    if (server === undefined) return !client.destroyed
    return hasUnread(client, server) || hasUnread(server, client)
  }

  #connected(port: number | undefined): void {
    this.#port = port
    this.#match()
  }

  #match(): void {
    this.#server ??= this.#accepted.find(({ remotePort }) => remotePort === this.#port)
    if (this.#server !== undefined) this.#accepted.length = 0
  }

  #endWith(server: Socket | undefined): void {
    if (server === undefined || server.closed) unwatch(this)
    else server.once('close', () => unwatch(this))
  }
}

function hasUnread(writer: Socket, reader: Socket): boolean {
  if (reader.destroyed || reader.isPaused()) return false
  const hasEnded = writer.writableEnded || writer.destroyed
  return writer.bytesWritten > reader.bytesRead || (hasEnded && !reader.readableEnded)
}
