import { Buffer } from 'node:buffer'

const NOTHING = Buffer.alloc(0)

/**
 * The last bytes of the messages so far: all that a compressor or decompressor has to remember of them. Kept as plain
 * bytes and handed to zlib as a dictionary, it spares each connection a zlib stream of its own.
 */
export class SlidingWindow {
  readonly #size: number
  #bytes: Buffer | undefined

  constructor(size: number) {
    this.#size = size
  }

  /** `undefined` before the first byte. */
  get bytes(): Buffer | undefined {
    return this.#bytes
  }

  push(data: Uint8Array): void {
    if (data.length === 0) return
    const added = data.subarray(-this.#size)
    const known = this.#bytes ?? NOTHING
    const kept = Math.min(known.length, this.#size - added.length)
    // Not from Node's pool: a window would keep all of it in memory.
    const bytes = Buffer.allocUnsafeSlow(kept + added.length)
    known.copy(bytes, 0, known.length - kept)
    bytes.set(added, kept)
    this.#bytes = bytes
  }
}
