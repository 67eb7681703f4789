import { Buffer } from 'node:buffer'

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
    const kept = this.#bytes?.subarray(Math.max(0, this.#bytes.length + data.length - this.#size)) ?? new Uint8Array(0)
    const bytes = Buffer.concat([kept, data.subarray(-this.#size)])
    this.#bytes = bytes.length === 0 ? undefined : bytes
  }
}
