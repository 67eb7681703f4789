import { applyMask, type LengthForm } from './frame.ts'

/** One frame as it was read. */
export interface ReadFrame {
  readonly opcode: number
  readonly payload: Buffer
  readonly fin: boolean
  readonly rsv: number
  readonly masked: boolean
  readonly lengthForm: LengthForm
}

/** Cuts a byte stream into frames (RFC 6455 section 5.2) and judges none of them. */
export class FrameReader {
  #chunks: Buffer[] = []
  #size = 0
  #needed = 2

  /** How many bytes the next frame has, as far as its head has come. */
  get needed(): number {
    return this.#needed
  }

  /** Adds what has arrived and returns the frames that are complete now. */
  push(chunk: Buffer): ReadFrame[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    // Joining only once enough is there keeps a message of many megabytes linear.
    if (this.#size < this.#needed) return []
    let bytes = Buffer.concat(this.#chunks)
    const frames: ReadFrame[] = []
    for (;;) {
      const { size, frame } = readFrame(bytes)
      this.#needed = size
      if (frame === undefined) break
      frames.push(frame)
      bytes = bytes.subarray(size)
    }
    this.#chunks = [bytes]
    this.#size = bytes.length
    return frames
  }
}

/** The first frame in `bytes`, or how many bytes must be there before it can be told. */
function readFrame(bytes: Buffer): { size: number; frame?: ReadFrame } {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return { size: 2 }
  const masked = second >= 0x80
  const shortLength = second & 0x7f
  const lengthForm: LengthForm = shortLength < 126 ? 7 : shortLength === 126 ? 16 : 64
  const keyAt = lengthForm === 7 ? 2 : lengthForm === 16 ? 4 : 10
  const payloadAt = masked ? keyAt + 4 : keyAt
  if (bytes.length < payloadAt) return { size: payloadAt }
  const length =
    lengthForm === 7 ? shortLength : lengthForm === 16 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const size = payloadAt + length
  if (bytes.length < size) return { size }
  const payload = bytes.subarray(payloadAt, size)
  return {
    size,
    frame: {
      opcode: first & 0x0f,
      fin: first >= 0x80,
      rsv: (first >> 4) & 7,
      masked,
      lengthForm,
      payload: masked ? applyMask(payload, bytes.subarray(keyAt, payloadAt)) : payload,
    },
  }
}
