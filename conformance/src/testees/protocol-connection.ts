import type { Duplex } from 'node:stream'
import type { DeflateAgreement, Deflater, Failure, Opcode, Receiver, ReceiverSink, Role } from '@sluice/protocol'
import { MAX_FRAGMENTS, MAX_MESSAGE_SIZE } from './testee.ts'

/** The package `@sluice/protocol`, or a copy of it with a fault. */
export type ProtocolPackage = typeof import('@sluice/protocol')

export interface ProtocolConnectionOptions {
  readonly role: Role
  readonly agreement: DeflateAgreement | undefined
}

/** Echoes on one open socket with nothing but `@sluice/protocol`. */
export class ProtocolConnection implements ReceiverSink {
  readonly #protocol: ProtocolPackage
  readonly #socket: Duplex
  readonly #role: Role
  readonly #deflater: Deflater | undefined
  readonly #receiver: Receiver
  /** Compression may take its time, and nothing that comes later may overtake it. */
  #writing: Promise<void> = Promise.resolve()
  #isClosing = false

  constructor(protocol: ProtocolPackage, socket: Duplex, { role, agreement }: ProtocolConnectionOptions) {
    this.#protocol = protocol
    this.#socket = socket
    this.#role = role
    const { ours, theirs } = agreement === undefined ? {} : directions(agreement, role)
    this.#deflater = ours && new protocol.Deflater(ours)
    this.#receiver = new protocol.Receiver(
      {
        role,
        maxMessageSize: MAX_MESSAGE_SIZE,
        maxFragments: MAX_FRAGMENTS,
        ...(theirs !== undefined && { inflater: new protocol.Inflater(theirs) }),
      },
      this,
    )
    socket.on('data', (chunk: Buffer) => this.read(chunk))
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#receiver.stop())
  }

  read(chunk: Buffer): void {
    this.#receiver.receive(chunk)
  }

  receiverOnMessage(data: string | Buffer): void {
    this.#write(async () => {
      const payload = await this.#deflate(data)
      const opcode = typeof data === 'string' ? this.#protocol.Opcode.TEXT : this.#protocol.Opcode.BINARY
      this.#writeFrame(opcode, payload ?? data, payload !== undefined)
    })
  }

  receiverOnPing(payload: Buffer): void {
    if (!this.#isClosing) this.#writeFrame(this.#protocol.Opcode.PONG, payload)
  }

  receiverOnPong(): void {}

  receiverOnClose(code: number): void {
    this.#close(code, '')
  }

  receiverOnFailure({ closeCode, reason }: Failure): void {
    this.#close(closeCode, reason)
  }

  /** The server ends the TCP connection (RFC 6455 section 7.1.1). */
  #close(code: number, reason: string): void {
    this.#isClosing = true
    this.#write(async () => {
      this.#writeFrame(this.#protocol.Opcode.CLOSE, this.#protocol.encodeClosePayload(code, reason))
      if (this.#role === 'server') this.#socket.end()
    })
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch(() => {
      this.#socket.destroy()
    })
  }

  #writeFrame(opcode: Opcode, payload: string | Uint8Array, rsv1 = false): void {
    const mask = this.#role === 'client'
    if (this.#socket.writable) this.#socket.write(this.#protocol.encodeFrame(opcode, payload, { rsv1, mask }))
  }

  #deflate(data: string | Buffer): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      if (this.#deflater === undefined) resolve(undefined)
      else this.#deflater.deflate(data, resolve)
    })
  }
}

function directions(agreement: DeflateAgreement, role: Role) {
  const server = { windowBits: agreement.serverMaxWindowBits, contextTakeover: agreement.serverContextTakeover }
  const client = { windowBits: agreement.clientMaxWindowBits, contextTakeover: agreement.clientContextTakeover }
  return role === 'server' ? { ours: server, theirs: client } : { ours: client, theirs: server }
}
