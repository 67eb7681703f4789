import { createFrameHeader, decodeFrameHeader } from '@sluice/protocol'

/** One frame as it came over the wire, right or wrong (RFC 6455 section 5.2). */
export interface TestFrame {
  readonly fin: boolean
  readonly rsv1: boolean
  readonly rsv2: boolean
  readonly rsv3: boolean
  /** 0 to 15. */
  readonly opcode: number
  readonly masked: boolean
  readonly payload: Buffer
}

/** Cuts a stream of chunks into frames. Knows no rule of the protocol. */
export class FrameSplitter {
  readonly #header = createFrameHeader()
  #chunks: Buffer[] = []
  #length = 0
  /** The frame is not whole with fewer bytes. */
  #needed = 2

  /** Takes the next bytes. @returns the frames that are whole now */
  push(chunk: Buffer): TestFrame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#needed) return []
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length)
    return this.#split(bytes)
  }

  #split(bytes: Buffer): TestFrame[] {
    const frames: TestFrame[] = []
    let start = 0
    for (let end = this.#endOfFrame(bytes, start); end <= bytes.length; end = this.#endOfFrame(bytes, start)) {
      const { fin, rsv1, rsv2, rsv3, opcode, masked, payloadLength } = this.#header
      frames.push({ fin, rsv1, rsv2, rsv3, opcode, masked, payload: bytes.subarray(end - payloadLength, end) })
      start = end
    }
    const rest = bytes.subarray(start)
    this.#needed = this.#endOfFrame(bytes, start) - start
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
    return frames
  }

  /** Where the frame ends that begins at `start`; one byte behind them all when its header is not whole. */
  #endOfFrame(bytes: Buffer, start: number): number {
    const headerLength = decodeFrameHeader(bytes, start, this.#header)
    return headerLength === 0 ? bytes.length + 1 : start + headerLength + this.#header.payloadLength
  }
}
