/** A large message: its header and its payload are not joined, and nothing may come between them. */
export interface SplitFrame {
  readonly header: Uint8Array
  readonly payload: Uint8Array
  /** Of both. */
  readonly length: number
}

/** Frames that wait for a stream, in order; control frames pass the others. */
export class FrameQueue {
  /** Bytes of all frames. */
  length = 0
  #frames: (Uint8Array | SplitFrame)[] = []
  #urgent: Uint8Array[] = []
  #pong: Uint8Array | null = null

  push(frame: Uint8Array | SplitFrame): void {
    this.#frames.push(frame)
    this.length += frame.length
  }

  pushUrgent(frame: Uint8Array): void {
    this.#urgent.push(frame)
    this.length += frame.length
  }

  /** @param replacesLast the pong that waits is forgotten, as RFC 6455 section 5.5.3 allows */
  pushPong(frame: Uint8Array, replacesLast: boolean): void {
    if (this.#pong !== null && replacesLast) this.length -= this.#pong.length
    else if (this.#pong !== null) this.#urgent.push(this.#pong)
    this.#pong = frame
    this.length += frame.length
  }

  /** Takes control frames, and so many others that it is at least `size` bytes or all there are. Every frame is whole. */
  take(size: number): Uint8Array[] {
    const chunks = this.#takeControl()
    let taken = chunks.reduce((sum, { length }) => sum + length, 0)
    let count = 0
    for (; count < this.#frames.length && taken < size; count++) {
      const frame = this.#frames[count] as Uint8Array | SplitFrame
      taken += frame.length
      if ('payload' in frame) chunks.push(frame.header, frame.payload)
      else chunks.push(frame)
    }
    if (count === this.#frames.length) this.#frames = []
    else this.#frames.splice(0, count)
    this.length -= taken
    return chunks
  }

  #takeControl(): Uint8Array[] {
    const frames = this.#urgent
    if (this.#pong !== null) frames.push(this.#pong)
    this.#urgent = []
    this.#pong = null
    return frames
  }
}
