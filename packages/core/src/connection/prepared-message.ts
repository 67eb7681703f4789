import { type Sendable, toPayload, unsendable } from './sendable.ts'

/** A message for many connections, made by `prepareMessage`: it is framed once, and every `trySend` shares the frame. */
export class PreparedMessage {
  readonly payload: string | Uint8Array
  /** Whether the payload is text, be it as its UTF-8. */
  readonly isText: boolean
  /** The frame, once an engine has made it. */
  frame: Buffer | null = null
  /** Compressed frames, by the way they were compressed. */
  compressed: Map<string, SharedFrame> | null = null

  constructor(payload: string | Uint8Array, isText = typeof payload === 'string') {
    this.payload = payload
    this.isText = isText
  }
}

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
export function prepareMessage(data: Sendable): PreparedMessage {
  const payload = toPayload(data)
  if (payload === null) throw unsendable(data)
  return new PreparedMessage(payload)
}
