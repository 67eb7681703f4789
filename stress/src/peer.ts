import type { Socket } from 'node:net'
import { encodeClosePayload, encodeFrame, type Failure, Opcode, Receiver, type ReceiverSink } from '@sluice/protocol'
import { type Handshake, shakeHands } from './handshake.ts'

export interface PeerOptions extends Handshake {
  /** Answers neither pings nor close frames. @default false */
  readonly isMute?: boolean
}

/** Between one byte and the next, in milliseconds. */
const TRICKLE = 50

/** How a connection ended for the peer. */
export interface PeerEnd {
  /** The code of the server's close frame; 1006 when there was none. */
  readonly code: number
  /** What the server sent that RFC 6455 does not allow. */
  readonly failure: string | null
}

/** The client's side of one connection, on a bare socket. */
export class Peer implements ReceiverSink {
  onMessage: (data: string | Buffer) => void = () => {}
  onPong: (payload: string) => void = () => {}
  /** Resolves when the stream is gone. */
  readonly ended: Promise<PeerEnd>
  /** Resolves to the code of the server's close frame, or to 1006 when the stream is gone without one. */
  readonly closed: Promise<number>
  readonly #socket: Socket
  readonly #isMute: boolean
  readonly #tellClosed: (code: number) => void
  #code = 1006
  #failure: string | null = null

  /** @throws Denied */
  static async open(port: number, options: PeerOptions): Promise<Peer> {
    const { socket, rest } = await shakeHands(port, options)
    return new Peer(socket, rest, options.isMute ?? false)
  }

  private constructor(socket: Socket, rest: Buffer, isMute: boolean) {
    this.#socket = socket
    this.#isMute = isMute
    const { promise, resolve } = Promise.withResolvers<number>()
    this.closed = promise
    this.#tellClosed = resolve
    this.ended = new Promise((tell) => {
      socket.once('close', () => {
        resolve(this.#code)
        tell({ code: this.#code, failure: this.#failure })
      })
    })
    const receiver = new Receiver({ role: 'client', maxMessageSize: 2 ** 30, maxFragments: 2 ** 30 }, this)
    socket.on('data', (chunk) => receiver.receive(chunk))
    if (rest.length > 0) receiver.receive(rest)
  }

  send(text: string): void {
    this.frame(Opcode.TEXT, text)
  }

  frame(opcode: Opcode, payload: string | Uint8Array = '', fin = true): void {
    this.write(encodeFrame(opcode, payload, { mask: true, fin }))
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  close(code = 1000): void {
    this.frame(Opcode.CLOSE, encodeClosePayload(code))
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** From now on reads one byte at a time, slowly. */
  trickle(): void {
    this.#socket.removeAllListeners('data')
    this.#socket.pause()
    const timer = setInterval(() => this.#socket.read(1), TRICKLE)
    void this.ended.then(() => clearInterval(timer))
  }

  /** From now on hands over what arrives as it is. */
  takeOver(onChunk: (chunk: Buffer) => void): void {
    this.#socket.removeAllListeners('data')
    this.#socket.on('data', onChunk)
  }

  /** Ends this half of the stream. */
  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  receiverOnMessage(data: string | Buffer): void {
    this.onMessage(data)
  }

  receiverOnPing(payload: Buffer): void {
    if (!this.#isMute) this.frame(Opcode.PONG, payload)
  }

  receiverOnPong(payload: Buffer): void {
    this.onPong(payload.toString('latin1'))
  }

  receiverOnClose(code: number): void {
    this.#code = code
    this.#tellClosed(code)
    if (!this.#isMute) this.close(code === 1005 ? 1000 : code)
  }

  receiverOnFailure({ code }: Failure): void {
    this.#failure = code
    this.destroy()
  }
}
