import type { Duplex } from 'node:stream'
import {
  encodeClosePayload,
  encodeFrame,
  type Failure,
  type FrameOptions,
  Inflater,
  Opcode,
  Receiver,
  type ReceiverSink,
} from '@sluice/protocol'

/** What the server sent, in order. `end` is the end of its half of the stream. */
export type Sent =
  | { readonly type: 'message'; readonly data: string | Buffer }
  | { readonly type: 'ping' | 'pong'; readonly data: string }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'failure'; readonly code: string }
  | { readonly type: 'end' }

/** The client's side of one wire. It answers no frame, ends its half when the server has, and reads only once it is told to. */
export class WirePeer implements ReceiverSink {
  readonly stream: Duplex
  /** Everything that the server has sent so far. */
  readonly sent: Sent[] = []
  /** Whether the server was the first to end its half. */
  serverEndedFirst: boolean | null = null
  readonly #receiver = new Receiver({ role: 'client', maxMessageSize: 2 ** 30, maxFragments: 2 ** 30, inflater }, this)
  #head: Buffer | null = Buffer.alloc(0)
  #taken = 0
  #onSent: (() => void) | null = null

  constructor(stream: Duplex) {
    this.stream = stream
    stream.on('end', () => {
      this.#ended()
      stream.end()
    })
    stream.on('close', () => this.#ended())
  }

  /** Begins to read, or goes on. */
  read(): this {
    if (this.stream.listenerCount('data') === 0) this.stream.on('data', (chunk) => this.#received(chunk))
    this.stream.resume()
    return this
  }

  stopReading(): void {
    this.stream.pause()
  }

  /** What the server sends next. */
  async next(): Promise<Sent> {
    while (this.#taken === this.sent.length) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onSent = resolve
      await promise
    }
    return this.sent[this.#taken++] as Sent
  }

  async nextOf<Type extends Sent['type']>(type: Type): Promise<Extract<Sent, { type: Type }>> {
    for (;;) {
      const sent = await this.next()
      if (sent.type === type) return sent as Extract<Sent, { type: Type }>
      if (sent.type === 'end') throw new Error(`the stream ended where a ${type} was expected`)
    }
  }

  /** The data of the next message. */
  async nextMessage(): Promise<string | Buffer> {
    return (await this.nextOf('message')).data
  }

  /** All that the server sends from here to the end of its half. */
  async toEnd(): Promise<Sent[]> {
    const all: Sent[] = []
    for (let sent = await this.next(); sent.type !== 'end'; sent = await this.next()) all.push(sent)
    return all
  }

  /** How many of a type have come so far. */
  count(type: Sent['type']): number {
    return this.sent.filter((sent) => sent.type === type).length
  }

  write(...parts: readonly Uint8Array[]): void {
    this.stream.write(Buffer.concat(parts))
  }

  receiverOnMessage(data: string | Buffer): void {
    this.#note({ type: 'message', data })
  }

  receiverOnPing(payload: Buffer): void {
    this.#note({ type: 'ping', data: payload.toString() })
  }

  receiverOnPong(payload: Buffer): void {
    this.#note({ type: 'pong', data: payload.toString() })
  }

  receiverOnClose(code: number, reason: string): void {
    this.#note({ type: 'close', code, reason })
  }

  receiverOnFailure({ code }: Failure): void {
    this.#note({ type: 'failure', code })
  }

  #received(chunk: Buffer): void {
    if (this.#head === null) {
      this.#receiver.receive(chunk)
      return
    }
    const head = Buffer.concat([this.#head, chunk])
    const end = head.indexOf('\r\n\r\n')
    this.#head = end < 0 ? head : null
    if (end >= 0) this.#receiver.receive(head.subarray(end + 4))
  }

  #ended(): void {
    if (this.serverEndedFirst !== null) return
    this.serverEndedFirst = !this.stream.writableEnded && !this.stream.destroyed
    this.#noteEnd()
  }

  /** Not before the messages that are still being inflated. */
  #noteEnd(): void {
    if (this.#receiver.isInflating) setImmediate(() => this.#noteEnd())
    else this.#note({ type: 'end' })
  }

  #note(sent: Sent): void {
    this.sent.push(sent)
    this.#onSent?.()
  }
}

const inflater = new Inflater({ windowBits: 15, contextTakeover: false })

/** A masked frame, as a client sends it. */
export function frame(opcode: Opcode, payload: string | Uint8Array = '', options: FrameOptions = {}): Buffer {
  return encodeFrame(opcode, payload, { mask: true, ...options })
}

export const text = (payload: string | Uint8Array, options?: FrameOptions) => frame(Opcode.TEXT, payload, options)
export const binary = (payload: Uint8Array, options?: FrameOptions) => frame(Opcode.BINARY, payload, options)
export const continuation = (payload: string | Uint8Array, options?: FrameOptions) =>
  frame(Opcode.CONTINUATION, payload, options)
export const ping = (payload = '') => frame(Opcode.PING, payload)
export const pong = (payload = '') => frame(Opcode.PONG, payload)
/** A close frame; without a code it is empty. */
export const close = (code?: number, reason?: string) => frame(Opcode.CLOSE, encodeClosePayload(code, reason))
