import { encodeFrame, type Frame, fragments, Opcode, RSV1 } from './wire/frame.ts'
import type { Chop, Peer } from './wire/peer.ts'

export interface RoundTrip {
  readonly type: 'text' | 'binary'
  readonly payload: Buffer
  /** Bytes of payload for each frame; one frame by default. */
  readonly fragmentSize?: number
  readonly chop?: Chop
}

/** What the script of a case says to a testee. A wait that is in vain throws, and that fails the case. */
export class Dialogue {
  readonly #peer: Peer
  readonly #patience: number

  constructor(peer: Peer, patience: number) {
    this.#peer = peer
    this.#patience = patience
  }

  /** Sends frames, cut as told. */
  send(frames: Frame | readonly Frame[], chop?: Chop): Promise<void> {
    return this.#peer.send(Array.isArray(frames) ? frames : [frames as Frame], chop)
  }

  /** The octets of a frame, for scripts that cut it themselves. */
  encode(frame: Frame): Buffer {
    return encodeFrame(frame, this.#peer.role)
  }

  /** Sends bytes that need not be whole frames. */
  sendBytes(bytes: Buffer): Promise<void> {
    return this.#peer.sendBytes(bytes)
  }

  /** Ends our side of the TCP connection without a close frame. */
  endConnection(): void {
    this.#peer.end()
  }

  /** Compresses a message as agreed in the opening handshake. */
  deflate(payload: Buffer | string): Buffer {
    if (this.#peer.deflate === undefined) throw new Error('permessage-deflate was not agreed')
    return this.#peer.deflate(Buffer.from(payload))
  }

  /** Waits until so many messages and control frames have come. */
  async answers(count: number): Promise<void> {
    const peer = this.#peer
    await peer.until(() => peer.received.length >= count || !peer.isOpen, this.#patience)
    if (peer.received.length < count) throw new Error(`${count} answers were due, ${peer.received.length} came`)
  }

  /** Whether an answer comes before the testee closes. */
  async isAnswered(): Promise<boolean> {
    const peer = this.#peer
    await peer.until(() => peer.received.length > 0 || !peer.isOpen, this.#patience)
    return peer.isOpen
  }

  /** Whether the testee leaves the connection open for so long; that is recorded as a silence. */
  async isSilent(name: string, duration: number): Promise<boolean> {
    if (await this.#peer.until(() => !this.#peer.isOpen, duration)) return false
    this.#peer.received.push({ type: 'silence', payload: Buffer.from(name) })
    return true
  }

  /** Sends a message, compressed if that is agreed, and takes its echo. */
  async roundTrip({ type, payload, fragmentSize, chop }: RoundTrip): Promise<void> {
    const peer = this.#peer
    const sent = peer.deflate === undefined ? payload : peer.deflate(payload)
    const opcode = type === 'text' ? Opcode.TEXT : Opcode.BINARY
    const rsv = peer.deflate === undefined ? 0 : RSV1
    await peer.send(fragments(opcode, sent, fragmentSize ?? Number.POSITIVE_INFINITY, rsv), chop)
    await peer.until(() => peer.received.length > 0 || !peer.isOpen || peer.violation !== undefined, this.#patience)
    const echo = peer.received.shift()
    if (echo === undefined) throw new Error(`no echo of a ${type} of ${payload.length} bytes came`)
    if (echo.type !== type) throw new Error(`the echo of a ${type} is a ${echo.type}`)
    if (!echo.payload.equals(payload)) {
      throw new Error(`the echo of a ${type} of ${payload.length} bytes differs (${echo.payload.length} bytes came)`)
    }
  }
}
