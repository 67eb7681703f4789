import { constants } from 'node:buffer'
import type { Duplex } from 'node:stream'
import {
  type CloseState,
  type CloseStep,
  encodeClosePayload,
  encodeFrame,
  type Failure,
  nextCloseState,
  Opcode,
  Receiver,
  type ReceiverSink,
} from '@sluice/protocol'
import { FrameSplitter, type TestFrame } from './frame-splitter.ts'

/** Who is told of what happens on a client's wire. */
export interface WireListener {
  /** A whole message: a string is text. */
  wireOnMessage(data: string | Buffer): void
  wireOnPong(payload: Buffer): void
  /** A frame of the server, whatever it is. */
  wireOnFrame(frame: TestFrame): void
  /** A frame of this client. */
  wireOnSent(opcode: Opcode, payload: Uint8Array): void
  /** Bytes that are sent as they are. */
  wireOnSentRaw(bytes: Uint8Array): void
  /** The server's close frame; 1005 when it carried no code. No message follows. */
  wireOnClosing(code: number, reason: string): void
  /** The server broke the protocol. No message follows. */
  wireOnFailure(failure: Failure): void
  /** The stream is gone. Once, and last. */
  wireOnEnd(): void
}

/** The limits of RFC 6455 are for peers that are not trusted; a test trusts its own server. */
const UNLIMITED = { maxMessageSize: constants.MAX_LENGTH, maxFragments: Number.MAX_SAFE_INTEGER }

/** The client's side of an open WebSocket: frames out, masked, and messages in. Answers pings and close frames by itself. */
export class ClientWire implements ReceiverSink {
  readonly #socket: Duplex
  readonly #listener: WireListener
  readonly #receiver = new Receiver({ role: 'client', ...UNLIMITED }, this)
  readonly #splitter = new FrameSplitter()
  #closeState: CloseState = 'open'

  /** @param head bytes of the server that have been read already */
  constructor(socket: Duplex, head: Buffer, listener: WireListener) {
    this.#socket = socket
    this.#listener = listener
    socket.on('data', (chunk: Buffer) => this.#socketOnData(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#socketOnClose())
    if (head.length > 0) socket.unshift(head)
  }

  /** Whether messages can still be sent. */
  get isOpen(): boolean {
    return this.#closeState === 'open'
  }

  sendText(text: string): void {
    this.#sendFrame(Opcode.TEXT, text)
  }

  sendBytes(bytes: Uint8Array): void {
    this.#sendFrame(Opcode.BINARY, bytes)
  }

  ping(payload: Uint8Array): void {
    this.#sendFrame(Opcode.PING, payload)
  }

  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#listener.wireOnSentRaw(bytes)
    this.#write(bytes)
  }

  /** Sends a close frame, unless one was sent. The server ends the stream (RFC 6455 section 7.1.1). */
  close(code: number, reason: string): void {
    if (this.#step('send-close')) this.#sendFrame(Opcode.CLOSE, encodeClosePayload(code, reason))
  }

  /** Cuts the stream. */
  terminate(): void {
    this.#socket.destroy()
  }

  receiverOnMessage(data: string | Buffer): void {
    this.#listener.wireOnMessage(data)
  }

  receiverOnPing(payload: Buffer): void {
    if (this.isOpen) this.#sendFrame(Opcode.PONG, payload)
  }

  receiverOnPong(payload: Buffer): void {
    this.#listener.wireOnPong(payload)
  }

  receiverOnClose(code: number, reason: string): void {
    this.#step('receive-close')
    this.#listener.wireOnClosing(code, reason)
    this.close(code, '')
  }

  receiverOnFailure(failure: Failure): void {
    this.#listener.wireOnFailure(failure)
    this.close(failure.closeCode, failure.reason)
    this.#socket.end(() => this.#socket.destroy())
  }

  #socketOnData(chunk: Buffer): void {
    for (const frame of this.#splitter.push(chunk)) this.#listener.wireOnFrame(frame)
    this.#receiver.receive(chunk)
  }

  #socketOnClose(): void {
    this.#receiver.stop()
    this.#closeState = nextCloseState(this.#closeState, 'end-transport') ?? 'unclean'
    this.#listener.wireOnEnd()
  }

  #sendFrame(opcode: Opcode, payload: string | Uint8Array): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    this.#listener.wireOnSent(opcode, bytes)
    this.#write(encodeFrame(opcode, bytes, { mask: true }))
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  #step(step: CloseStep): boolean {
    const next = nextCloseState(this.#closeState, step)
    if (next === undefined) return false
    this.#closeState = next
    return true
  }
}
