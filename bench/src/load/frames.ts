/** RFC 6455 section 5.2 opcodes that a load generator sends or meets. */
export const OPCODE = { text: 1, binary: 2 } as const

/** Makes one final client frame, masked with `mask` (RFC 6455 section 5.3). */
export function encodeClientFrame(opcode: number, payload: Uint8Array, mask: number = 0x5a17c3e9): Buffer {
  const header = clientHeader(opcode, payload.length)
  const frame = Buffer.allocUnsafe(header.length + 4 + payload.length)
  frame.set(header)
  frame.writeUInt32BE(mask, header.length)
  const key = frame.subarray(header.length, header.length + 4)
  const start = header.length + 4
  for (let index = 0; index < payload.length; index += 1) {
    frame[start + index] = (payload[index] ?? 0) ^ (key[index & 3] ?? 0)
  }
  return frame
}

/** Counts the data frames of one server-to-client stream by their headers, whatever the chunks it arrives in. */
export class FrameCounter {
  #remaining = 0
  #isData = false
  #cutHeader: Buffer | undefined

  /** How many data frames end in this chunk. The chunk may be overwritten afterwards. */
  count(chunk: Buffer): number {
    const bytes = this.#cutHeader === undefined ? chunk : Buffer.concat([this.#cutHeader, chunk])
    this.#cutHeader = undefined
    let frames = 0
    let offset = 0
    for (;;) {
      const available = bytes.length - offset
      if (this.#remaining > available) {
        this.#remaining -= available
        return frames
      }
      offset += this.#remaining
      this.#remaining = 0
      if (this.#isData) frames += 1
      this.#isData = false

      const size = frameSize(bytes, offset)
      if (size === 0) {
        if (offset < bytes.length) this.#cutHeader = Buffer.from(bytes.subarray(offset))
        return frames
      }
      this.#isData = isDataFrame(bytes, offset)
      this.#remaining = size
    }
  }
}

/** The payloads of the data frames at the start of `bytes`, and how many bytes they took. For checking, not for timing. */
export function readServerFrames(bytes: Buffer): { frames: { opcode: number; payload: Buffer }[]; consumed: number } {
  const frames: { opcode: number; payload: Buffer }[] = []
  let consumed = 0
  for (;;) {
    const size = frameSize(bytes, consumed)
    if (size === 0 || consumed + size > bytes.length) return { frames, consumed }
    const opcode = (bytes[consumed] ?? 0) & 0x0f
    const payload = bytes.subarray(consumed + headerSize(bytes[consumed + 1] ?? 0), consumed + size)
    if (isDataFrame(bytes, consumed)) frames.push({ opcode, payload })
    consumed += size
  }
}

function clientHeader(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, 0x80 | length])
  if (length < 65_536) return Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
  const header = Buffer.alloc(10)
  header[0] = 0x80 | opcode
  header[1] = 0x80 | 127
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

/** Header and payload length of the server frame at `offset`, or 0 where its header is not complete. */
function frameSize(bytes: Buffer, offset: number): number {
  if (offset + 2 > bytes.length) return 0
  const second = bytes[offset + 1] ?? 0
  const header = headerSize(second)
  if (offset + header > bytes.length) return 0
  if (header === 2) return header + second
  if (header === 4) return header + bytes.readUInt16BE(offset + 2)
  return header + bytes.readUInt32BE(offset + 2) * 2 ** 32 + bytes.readUInt32BE(offset + 6)
}

/** A server's frames are not masked, so the length alone decides (RFC 6455 section 5.1). */
function headerSize(second: number): number {
  return second < 126 ? 2 : second === 126 ? 4 : 10
}

/** Opcodes from 8 up are control frames: a server's ping is no answer to a message. */
function isDataFrame(bytes: Buffer, offset: number): boolean {
  return ((bytes[offset] ?? 0) & 0x08) === 0
}
