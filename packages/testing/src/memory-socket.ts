import { isIPv6 } from 'node:net'
import { Duplex } from 'node:stream'
import { systemClock } from '@sluice/core/ports'
import { resolveFaults } from './fault-options.ts'
import type { Link } from './link.ts'
import { Network } from './network.ts'
import { after, inNextTurn } from './real-time.ts'
import { Transit } from './transit.ts'

/** Both ends of one connection that never leaves the process. */
export interface MemorySockets {
  readonly client: MemorySocket
  /** What the server would have accepted from the network. */
  readonly server: MemorySocket
}

/**
 * Makes a connection in memory.
 * @param remoteAddress where the server sees the client
 * @param network what is between them. @default one without faults
 */
export function createMemorySockets(remoteAddress: string, network: Network = faultless()): MemorySockets {
  const there: Endpoint = { address: remoteAddress, port: nextPort() }
  const here: Endpoint = { address: isIPv6(remoteAddress) ? '::1' : '127.0.0.1', port: 80 }
  const client = new MemorySocket({ local: there, remote: here, allowHalfOpen: false, link: network.toServer })
  // node:http keeps its sockets half open, so that a client which ends early still gets its answer.
  const server = new MemorySocket({ local: here, remote: there, allowHalfOpen: true, link: network.toClient })
  client.connectTo(server)
  server.connectTo(client)
  network.onReset(() => {
    for (const end of [server, client]) end.destroy(connectionReset())
  })
  return { client, server }
}

function faultless(): Network {
  return new Network(resolveFaults({}), systemClock)
}

interface Endpoint {
  readonly address: string
  readonly port: number
}

interface MemorySocketSettings {
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly allowHalfOpen: boolean
  /** To the other end. */
  readonly link: Link
}

/** What may be written and not yet taken by the other end, as in the buffers of an operating system. */
const CAPACITY = 1_048_576

/**
 * One end of a connection in memory. It behaves as a `net.Socket` does: bytes are copied, they arrive in a later turn of the event
 * loop and perhaps in other chunks, a reader that stops stops the writer, and each half ends by itself.
 */
export class MemorySocket extends Duplex {
  readonly #local: Endpoint
  readonly #remote: Endpoint
  #peer!: MemorySocket
  readonly #link: Link
  readonly #transit: Transit
  #whenThereIsRoom: ((error?: Error) => void) | null = null
  #endArrival = 0
  #hasEnded = false
  #hasDeliveredEnd = false
  #isDeliveryDue = false
  #wantsMore = false
  #idle: { refresh(): void; stop(): void } | null = null

  constructor({ local, remote, allowHalfOpen, link }: MemorySocketSettings) {
    super({ allowHalfOpen })
    this.#link = link
    this.#transit = new Transit(link)
    link.attach(this)
    this.#local = local
    this.#remote = remote
  }

  /** Before anything else is done with it. */
  connectTo(peer: MemorySocket): void {
    this.#peer = peer
  }

  /** Bytes of this end are about to arrive at the other. */
  get isDelivering(): boolean {
    return this.#isDeliveryDue
  }

  get remoteAddress(): string | undefined {
    return this.destroyed ? undefined : this.#remote.address
  }

  get remotePort(): number | undefined {
    return this.destroyed ? undefined : this.#remote.port
  }

  get remoteFamily(): string | undefined {
    return this.destroyed ? undefined : familyOf(this.#remote)
  }

  get localAddress(): string {
    return this.#local.address
  }

  get localPort(): number {
    return this.#local.port
  }

  get localFamily(): string {
    return familyOf(this.#local)
  }

  address(): { address: string; family: string; port: number } {
    return { ...this.#local, family: familyOf(this.#local) }
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Emits 'timeout' after `timeout` milliseconds without traffic; 0 never. */
  setTimeout(timeout: number, listener?: () => void): this {
    this.#idle?.stop()
    this.#idle = timeout === 0 ? null : after(timeout, () => this.emit('timeout'))
    if (listener !== undefined && timeout > 0) this.once('timeout', listener)
    else if (listener !== undefined) this.removeListener('timeout', listener)
    return this
  }

  /** Destroys it once everything written has gone. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    if (this.#peer.destroyed && !this.#link.isHeld) {
      callback(brokenPipe())
      return
    }
    this.#idle?.refresh()
    this.#transit.push(chunk)
    this.#deliverSoon()
    if (this.#transit.length < CAPACITY) callback()
    else this.#whenThereIsRoom = callback
  }

  override _final(callback: () => void): void {
    this.#end()
    callback()
  }

  override _read(): void {
    this.#wantsMore = true
    this.#peer.#deliverSoon()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#idle?.stop()
    this.#end()
    this.#peer.#deliverSoon()
    callback(error)
  }

  /** The link may have room for what is in transit. */
  linkOnFree(): void {
    this.#deliverSoon()
  }

  #end(): void {
    if (!this.#hasEnded) this.#endArrival = this.#link.arrivalOfNext()
    this.#hasEnded = true
    this.#deliverSoon()
  }

  #deliverSoon(): void {
    if (this.#isDeliveryDue) return
    this.#isDeliveryDue = true
    inNextTurn(() => this.#deliver())
  }

  #deliver(): void {
    this.#isDeliveryDue = false
    const peer = this.#peer
    if (this.#link.isHeld) return
    if (peer.destroyed) {
      this.#lose()
      return
    }
    while (peer.#wantsMore && this.#transit.mayArrive) {
      if (this.#link.springTrap()) return
      peer.#receive(this.#transit.take())
      if (this.#link.isCut) break
    }
    if (this.#transit.mayArrive && peer.#wantsMore) this.#deliverSoon()
    if (this.#hasEnded && this.#transit.length === 0 && !this.#hasDeliveredEnd && this.#link.isFree(this.#endArrival)) {
      this.#hasDeliveredEnd = true
      peer.push(null)
    }
    if (this.#transit.length < CAPACITY) this.#finishWrite()
  }

  #receive(chunk: Buffer): void {
    this.#idle?.refresh()
    this.#wantsMore = this.push(chunk)
  }

  /** The peer is gone: nobody will ever take what is in transit. */
  #lose(): void {
    this.#transit.clear()
    this.#finishWrite(brokenPipe())
  }

  #finishWrite(error?: Error): void {
    const callback = this.#whenThereIsRoom
    this.#whenThereIsRoom = null
    callback?.(error)
  }
}

function familyOf({ address }: Endpoint): string {
  return isIPv6(address) ? 'IPv6' : 'IPv4'
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read', errno: -104 })
}

/** The ports that operating systems give to clients. */
const FIRST_PORT = 49_152
const LAST_PORT = 65_535
let port = LAST_PORT

function nextPort(): number {
  port = port === LAST_PORT ? FIRST_PORT : port + 1
  return port
}
