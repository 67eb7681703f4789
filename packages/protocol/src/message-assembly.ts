import { Buffer } from 'node:buffer'
import { checkUtf8Prefix } from './utf8.ts'

const EMPTY = Buffer.alloc(0)
/** How far the buffer runs ahead of what has arrived: few copies, and still no memory for bytes that never come. */
const GROWTH = 4

/** A message that arrives in pieces. Keeps a copy of the bytes in one buffer, never the chunks they came in. */
export class MessageAssembly {
  readonly opcode: number
  readonly isCompressed: boolean
  /** The fragments begun so far. */
  fragments = 1
  /** The bytes gathered so far. */
  length = 0
  #buffer: Buffer = EMPTY
  #checkedLength = 0

  constructor(opcode: number, isCompressed: boolean) {
    this.opcode = opcode
    this.isCompressed = isCompressed
  }

  /**
   * Adds `bytes[start, end)`.
   *
   * @param ceiling The length that the message cannot exceed. The buffer never grows beyond it.
   */
  append(bytes: Buffer, start: number, end: number, ceiling: number): void {
    const length = this.length + end - start
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(length * GROWTH, ceiling))
      this.#buffer.copy(grown, 0, 0, this.length)
      this.#buffer = grown
    }
    bytes.copy(this.#buffer, this.length, start, end)
    this.length = length
  }

  /** Whether the bytes so far are UTF-8. The last character may be cut short unless the message is whole. */
  isText(isWhole: boolean): boolean {
    this.#checkedLength = checkUtf8Prefix(this.#buffer, this.#checkedLength, this.length)
    return isWhole ? this.#checkedLength === this.length : this.#checkedLength !== -1
  }

  toText(): string {
    return this.#buffer.toString('utf8', 0, this.length)
  }

  /** The bytes, in a buffer that is at most twice as large. */
  toBytes(): Buffer {
    const bytes = this.#buffer.subarray(0, this.length)
    return this.length * 2 < this.#buffer.length ? Buffer.from(bytes) : bytes
  }
}
