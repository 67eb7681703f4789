/** Up to this length four bytes at a time are faster than a call out of JavaScript; it also bounds what is kept. */
const SMALL = 256

/** Copies `source[start, end)` to `target` at `offset`. Made for many small pieces of one buffer that go to one other. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  if (end - start > SMALL) {
    target.set(source.subarray(start, end), offset)
    return
  }
  const from = sources.viewOf(source)
  const to = targets.viewOf(target)
  const lastWord = end - 4
  // Unaligned, which a view of words could not be. The byte order cancels out.
  for (; start <= lastWord; start += 4, offset += 4) to.setInt32(offset, from.getInt32(start, true), true)
  for (; start < end; start++, offset++) target[offset] = source[start] as number
}

/** The view of the buffer asked for last. Making one takes longer than a small copy. */
class LastView {
  #bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)

  viewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    return this.#view
  }
}

const sources = new LastView()
const targets = new LastView()
