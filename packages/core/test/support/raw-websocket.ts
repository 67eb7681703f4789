import {
  encodeClosePayload,
  encodeFrame,
  type Failure,
  type FrameOptions,
  Opcode,
  Receiver,
  type ReceiverSink,
} from '@sluice/protocol'
import type { RawConnection, RawResponse } from './raw-connection.ts'

/** What the server sent. `end` is the end of the stream; `failure` a frame that RFC 6455 does not allow. */
export type Told =
  | { readonly type: 'text'; readonly data: string }
  | { readonly type: 'binary'; readonly data: Buffer }
  | { readonly type: 'ping' | 'pong'; readonly data: string }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'failure'; readonly code: string }
  | { readonly type: 'end' }

export interface RawWebSocketOptions {
  /** Answers neither pings nor close frames. @default false */
  readonly mute?: boolean
}

/** The client's side of one WebSocket, frame by frame. */
export class RawWebSocket implements ReceiverSink {
  readonly connection: RawConnection
  readonly response: RawResponse
  readonly #isMute: boolean
  readonly #receiver = new Receiver({ role: 'client', maxMessageSize: 2 ** 30, maxFragments: 2 ** 30 }, this)
  readonly #told: Told[] = []
  readonly #waiting: ((told: Told) => void)[] = []

  constructor(connection: RawConnection, response: RawResponse, { mute = false }: RawWebSocketOptions = {}) {
    this.connection = connection
    this.response = response
    this.#isMute = mute
    connection.handOver((chunk) => this.#receiver.receive(chunk))
    void connection.end().then(() => this.#tell({ type: 'end' }))
  }

  /** What the server sends next. After the end it is the end for ever. */
  next(): Promise<Told> {
    const told = this.#told[0]
    if (told === undefined) return new Promise((resolve) => this.#waiting.push(resolve))
    if (told.type !== 'end') this.#told.shift()
    return Promise.resolve(told)
  }

  /** The text of the next message. */
  async nextText(): Promise<string> {
    const told = await this.next()
    if (told.type !== 'text') throw new Error(`expected a text message, got ${JSON.stringify(told)}`)
    return told.data
  }

  /** The close frame that comes next. */
  async nextClose(): Promise<{ code: number; reason: string }> {
    const told = await this.next()
    if (told.type !== 'close') throw new Error(`expected a close frame, got ${JSON.stringify(told)}`)
    return { code: told.code, reason: told.reason }
  }

  /** Everything that the server sends from here to the end of the stream. */
  async toEnd(): Promise<Told[]> {
    const all: Told[] = []
    for (;;) {
      const told = await this.next()
      if (told.type === 'end') return all
      all.push(told)
    }
  }

  sendText(text: string): void {
    this.sendFrame(Opcode.TEXT, text)
  }

  sendBytes(bytes: Uint8Array): void {
    this.sendFrame(Opcode.BINARY, bytes)
  }

  sendFrame(opcode: Opcode, payload: string | Uint8Array = '', options: FrameOptions = {}): void {
    this.connection.write(clientFrame(opcode, payload, options))
  }

  close(code = 1000, reason = ''): void {
    this.sendFrame(Opcode.CLOSE, encodeClosePayload(code, reason))
  }

  receiverOnMessage(data: string | Buffer): void {
    this.#tell(typeof data === 'string' ? { type: 'text', data } : { type: 'binary', data })
  }

  receiverOnPing(payload: Buffer): void {
    if (!this.#isMute) this.sendFrame(Opcode.PONG, payload)
    this.#tell({ type: 'ping', data: payload.toString('latin1') })
  }

  receiverOnPong(payload: Buffer): void {
    this.#tell({ type: 'pong', data: payload.toString('latin1') })
  }

  receiverOnClose(code: number, reason: string): void {
    if (!this.#isMute && this.connection.socket.writable) this.close(code === 1005 ? 1000 : code)
    this.#tell({ type: 'close', code, reason })
  }

  receiverOnFailure({ code }: Failure): void {
    this.#tell({ type: 'failure', code })
  }

  #tell(told: Told): void {
    const waiting = told.type === 'end' ? this.#waiting.splice(0) : this.#waiting.splice(0, 1)
    for (const resolve of waiting) resolve(told)
    if (told.type === 'end' || waiting.length === 0) this.#told.push(told)
  }
}

/** A masked frame, as a client sends it. */
export function clientFrame(opcode: Opcode, payload: string | Uint8Array = '', options: FrameOptions = {}): Buffer {
  return encodeFrame(opcode, payload, { mask: true, ...options })
}
