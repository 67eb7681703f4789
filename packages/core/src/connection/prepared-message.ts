import { byteLengthOf, type Sendable, toPayload, unsendable } from './sendable.ts'

export interface SendOptions {
  /** False sends the message as it is on a connection that compresses: secrets beside text of the peer's choosing, say. @default true */
  readonly compress?: boolean | undefined
  /** What the message is about. With the policy `'conflate'`, it replaces one with the same key that still waits for a slow peer. */
  readonly key?: string | undefined
}

/** A message for many connections, made by `prepareMessage`: it is framed once, and every `trySend` shares the frame. */
export class PreparedMessage {
  readonly payload: string | Uint8Array
  /** Whether the payload is text, be it as its UTF-8. */
  readonly isText: boolean
  readonly key: string | undefined
  readonly mayCompress: boolean
  /** The frame, once an engine has made it. */
  frame: Buffer | null = null
  /** Compressed frames, by the way they were compressed. */
  compressed: Map<string, SharedFrame> | null = null
  #byteLength = -1

  constructor(
    payload: string | Uint8Array,
    { key, compress }: SendOptions = NO_OPTIONS,
    isText = typeof payload === 'string',
  ) {
    this.payload = payload
    this.isText = isText
    this.key = key
    this.mayCompress = compress !== false
  }

  /** Bytes of the payload. */
  get byteLength(): number {
    if (this.#byteLength < 0) this.#byteLength = byteLengthOf(this.payload)
    return this.#byteLength
  }

  /** Bytes of the payload and of the header that goes before it (RFC 6455 section 5.2). */
  get frameLength(): number {
    const { byteLength } = this
    return byteLength + (byteLength < 126 ? 2 : byteLength < 65_536 ? 4 : 10)
  }
}

const NO_OPTIONS: SendOptions = Object.freeze({})

/** A frame that is being made, and who waits for it. */
export class SharedFrame {
  #frame: Buffer | null = null
  #waiting: ((frame: Buffer) => void)[] = []

  /** Calls back at once if the frame is there. */
  whenReady(onFrame: (frame: Buffer) => void): void {
    if (this.#frame === null) this.#waiting.push(onFrame)
    else onFrame(this.#frame)
  }

  resolve(frame: Buffer): void {
    this.#frame = frame
    for (const onFrame of this.#waiting) onFrame(frame)
    this.#waiting = []
  }
}

/** Prepares a message for many connections. @throws SluiceError `ERR_INVALID_PAYLOAD` */
export function prepareMessage(data: Sendable, options?: SendOptions): PreparedMessage {
  const payload = toPayload(data)
  if (payload === null) throw unsendable(data)
  return new PreparedMessage(payload, options)
}
