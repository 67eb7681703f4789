import { Buffer } from 'node:buffer'
import { createFrameHeader, decodeFrameHeader, MAX_HEADER_LENGTH } from './frame-header.ts'
import { applyMask, rotateKey, viewAsWords } from './mask.ts'

const EMPTY = Buffer.alloc(0)
const NO_WORDS = viewAsWords(EMPTY)

/**
 * Cuts a stream of chunks into frame headers and unmasked pieces of payload. Knows no rule of the protocol.
 *
 * What it has read stands in its fields until the next step, so that reading makes no object. The steps: `hasBytes`,
 * then `readHeader` while no payload is missing, then `readPayload` until none is.
 */
export class FrameReader {
  /** The header read last. */
  readonly header = createFrameHeader()
  /** The chunk being read. Its bytes `[start, end)` are the piece of payload read last. */
  chunk: Buffer = EMPTY
  start = 0
  end = 0
  /** The bytes of payload that the frame lacks behind `end`. */
  missing = 0
  /** Whether the piece is known to be ASCII. */
  isAscii = false

  readonly #waiting: Buffer[] = []
  #words = NO_WORDS
  #partialHeader: Buffer = EMPTY

  push(chunk: Buffer): void {
    this.#waiting.push(chunk)
  }

  /** Forgets every byte. */
  clear(): void {
    this.#waiting.length = 0
    this.#partialHeader = EMPTY
    this.missing = 0
    this.#useChunk(EMPTY)
  }

  /** The bytes pushed and not read yet. */
  get length(): number {
    const waiting = this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0)
    return this.#partialHeader.length + this.chunk.length - this.end + waiting
  }

  /** Whether a frame has begun and is not whole. */
  get isMidFrame(): boolean {
    return this.missing > 0 || this.#partialHeader.length > 0
  }

  /** Whether there is anything to read. Turns to the next chunk where one is used up. */
  hasBytes(): boolean {
    while (this.end === this.chunk.length) {
      const next = this.#waiting.shift()
      if (next === undefined) {
        this.#useChunk(EMPTY)
        return false
      }
      this.#useChunk(next)
    }
    return true
  }

  /** Reads a header into `header`. When it says false, the chunk is used up and the header is not whole. */
  readHeader(): boolean {
    const length = this.#partialHeader.length === 0 ? this.#decodeHeader() : this.#decodeSplitHeader()
    if (length === 0) {
      this.end = this.chunk.length
      return false
    }
    this.end += length
    this.missing = this.header.payloadLength
    return true
  }

  /** Reads and unmasks what the chunk has of the payload, perhaps nothing. */
  readPayload(): void {
    const { masked, maskingKey, payloadLength } = this.header
    const start = this.end
    const end = Math.min(start + this.missing, this.chunk.length)
    const key = rotateKey(maskingKey, payloadLength - this.missing)
    this.isAscii = masked && applyMask(this.chunk, start, end, key, this.#words)
    this.start = start
    this.end = end
    this.missing -= end - start
  }

  #decodeHeader(): number {
    const length = decodeFrameHeader(this.chunk, this.end, this.header)
    if (length === 0) this.#partialHeader = Buffer.from(this.chunk.subarray(this.end))
    return length
  }

  /** A header that began in an earlier chunk. Gives the length of the part in this one. */
  #decodeSplitHeader(): number {
    const known = this.#partialHeader
    const joined = Buffer.concat([known, this.chunk.subarray(0, MAX_HEADER_LENGTH - known.length)])
    const length = decodeFrameHeader(joined, 0, this.header)
    this.#partialHeader = length === 0 ? joined : EMPTY
    return Math.max(length - known.length, 0)
  }

  #useChunk(chunk: Buffer): void {
    this.chunk = chunk
    this.#words = viewAsWords(chunk)
    this.start = 0
    this.end = 0
  }
}
