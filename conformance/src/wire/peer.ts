import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createDeflater, createInflater, type MessageTransform } from './deflate.ts'
import { encodeFrame, type Frame, Opcode } from './frame.ts'
import { FrameReader } from './frame-reader.ts'
import { type Arrival, Inbound } from './inbound.ts'
import type { Agreement } from './negotiation.ts'

/** A message or control frame that has come from the testee; `silence` is a pause that it let pass. */
export interface Received {
  readonly type: 'text' | 'binary' | 'ping' | 'pong' | 'silence'
  readonly payload: Buffer
}

/** How bytes are cut for writing: everything at once, a write for each frame, or one for so many bytes. */
export type Chop = 'whole' | 'frame' | number

export interface PeerOptions {
  readonly role: 'client' | 'server'
  /** Set when permessage-deflate is agreed. */
  readonly agreement?: Agreement
}

/** One open connection to a testee: it sends what it is told, legal or not, and records everything that comes back. */
export class Peer {
  /** What has come and no script has taken yet. */
  readonly received: Received[] = []
  /** The first illegal thing the testee sent. */
  violation: string | undefined
  /** The close frame of the testee. */
  closeReceived: { readonly code: number | undefined; readonly reason: string } | undefined
  closeSent = false
  /** Who sent its close frame, or ended the connection, first. */
  closedFirst: 'us' | 'testee' | undefined
  /** The testee has ended its side of the TCP connection. */
  ended = false
  readonly role: 'client' | 'server'
  /** Compresses a message, when permessage-deflate is agreed. */
  readonly deflate: MessageTransform | undefined

  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #inbound: Inbound
  readonly #waiting = new Set<() => void>()

  constructor(socket: Socket, { role, agreement }: PeerOptions) {
    const ours = role === 'client' ? agreement?.fromClient : agreement?.fromServer
    const theirs = role === 'client' ? agreement?.fromServer : agreement?.fromClient
    this.#socket = socket
    this.role = role
    this.deflate = ours && createDeflater(ours)
    this.#inbound = new Inbound({
      expectsMask: role === 'server',
      ...(theirs !== undefined && { inflate: createInflater(theirs) }),
    })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#socketOnData(chunk))
    socket.on('end', () => this.#socketOnEnd())
    // A reset is an end like any other here: what matters is what had come before it.
    socket.on('error', () => this.#socketOnEnd())
    socket.on('close', () => this.#socketOnEnd())
  }

  /** Bytes that came together with the opening handshake. */
  unshift(bytes: Buffer): void {
    if (bytes.length > 0) this.#socketOnData(bytes)
  }

  get isOpen(): boolean {
    return !this.ended && !this.closeSent && this.closeReceived === undefined
  }

  async send(frames: readonly Frame[], chop: Chop = 'whole'): Promise<void> {
    if (frames.some(isClose)) {
      this.closeSent = true
      this.closedFirst ??= 'us'
    }
    const encoded = frames.map((frame) => encodeFrame(frame, this.role))
    if (chop === 'frame') await this.#write(encoded)
    else if (chop === 'whole') await this.#write([Buffer.concat(encoded)])
    else await this.#write(slices(Buffer.concat(encoded), chop))
  }

  /** Writes bytes that need not be whole frames. */
  async sendBytes(bytes: Buffer): Promise<void> {
    await this.#write([bytes])
  }

  /** Resolves to `true` as soon as the condition holds, to `false` when it still does not after `timeout`. */
  until(condition: () => boolean, timeout: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (holds: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve(holds)
      }
      const check = () => {
        if (condition()) settle(true)
      }
      const timer = setTimeout(() => settle(condition()), timeout)
      this.#waiting.add(check)
    })
  }

  /** Ends our side of the TCP connection in good order. */
  end(): void {
    this.closedFirst ??= 'us'
    this.#socket.end()
  }

  /** Cuts the TCP connection. */
  destroy(): void {
    this.#socket.destroy()
  }

  async #write(chunks: readonly Buffer[]): Promise<void> {
    for (const [index, chunk] of chunks.entries()) {
      if (this.#socket.destroyed || !this.#socket.writable) return
      this.#socket.write(chunk)
      // Another turn of the loop, so that the testee gets a chance to read each piece for itself.
      if (index < chunks.length - 1) await nextTurn()
    }
  }

  #socketOnData(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) this.#record(this.#inbound.accept(frame))
    this.#notify()
  }

  #socketOnEnd(): void {
    this.ended = true
    this.closedFirst ??= 'testee'
    this.#notify()
  }

  #record(arrival: Arrival): void {
    if (arrival.type === 'fragment') return
    if (this.closeReceived !== undefined) this.violation ??= `sent a ${arrival.type} after its close frame`
    else if (arrival.type === 'violation') this.violation ??= arrival.text
    else if (arrival.type === 'close') {
      this.closeReceived = arrival
      this.closedFirst ??= 'testee'
    } else this.received.push(arrival)
  }

  #notify(): void {
    for (const check of [...this.#waiting]) check()
  }
}

/** A close frame that a testee has to take for one: with wrong bits it is an error like any other. */
function isClose(frame: Frame): boolean {
  return frame.opcode === Opcode.CLOSE && frame.rsv === 0 && frame.wrongMask !== true
}

function slices(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
