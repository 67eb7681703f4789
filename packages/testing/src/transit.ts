import { LARGEST_CHUNK } from './fault-options.ts'
import type { Link } from './link.ts'

/** Bytes that one end has written and the other has not taken. */
export class Transit {
  readonly #link: Link
  readonly #parts: { readonly bytes: Buffer; readonly arrival: number }[] = []
  #length = 0

  constructor(link: Link) {
    this.#link = link
  }

  get length(): number {
    return this.#length
  }

  /** Takes a copy, as a network does. */
  push(bytes: Buffer): void {
    const arrival = this.#link.arrivalOfNext()
    for (let start = 0; start < bytes.length; start += LARGEST_CHUNK) {
      this.#parts.push({ bytes: Buffer.from(bytes.subarray(start, start + LARGEST_CHUNK)), arrival })
    }
    this.#length += bytes.length
  }

  /** Whether some of it may arrive now. */
  get mayArrive(): boolean {
    const [next] = this.#parts
    return next !== undefined && this.#link.isFree(next.arrival)
  }

  /** What arrives next. Small writes arrive together, as they do from a network. */
  take(): Buffer {
    const size = this.#link.sizeOfNext()
    const taken: Buffer[] = []
    let length = 0
    for (let [next] = this.#parts; next !== undefined && length < size; [next] = this.#parts) {
      const isWhole = length + next.bytes.length <= size
      if (taken.length > 0 && (!isWhole || !this.#link.isFree(next.arrival))) break
      const part = isWhole ? next.bytes : next.bytes.subarray(0, size)
      if (isWhole) this.#parts.shift()
      else this.#parts[0] = { ...next, bytes: next.bytes.subarray(size) }
      taken.push(part)
      length += part.length
    }
    this.#length -= length
    return this.#link.deliver(Buffer.concat(taken, length))
  }

  clear(): void {
    this.#parts.length = 0
    this.#length = 0
    this.#link.end()
  }
}
