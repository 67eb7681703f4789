/** The most bytes that a frame header takes: 2, a 64-bit length, a masking key. */
export const MAX_HEADER_LENGTH = 14

/** The header of one frame (RFC 6455 section 5.2), as it stands on the wire, right or wrong. */
export interface FrameHeader {
  fin: boolean
  rsv1: boolean
  rsv2: boolean
  rsv3: boolean
  /** 0 to 15. */
  opcode: number
  masked: boolean
  /** The four bytes as one little-endian integer; 0 when not masked. */
  maskingKey: number
  payloadLength: number
  /** The bytes of the extended payload length: 0, 2 or 8. */
  lengthBytes: number
}

/** An empty header, for `decodeFrameHeader` to fill. */
export function createFrameHeader(): FrameHeader {
  return {
    fin: false,
    rsv1: false,
    rsv2: false,
    rsv3: false,
    opcode: 0,
    masked: false,
    maskingKey: 0,
    payloadLength: 0,
    lengthBytes: 0,
  }
}

/**
 * Reads the header that begins at `bytes[start]` into `header`. It is filled, not returned, so that a reader of many
 * frames makes no object for each.
 *
 * @returns The length of the header, or 0 when `bytes` ends inside it.
 */
export function decodeFrameHeader(bytes: Uint8Array, start: number, header: FrameHeader): number {
  const available = bytes.length - start
  if (available < 2) return 0
  const first = bytes[start] as number
  const second = bytes[start + 1] as number
  const masked = (second & 0x80) !== 0
  const shortLength = second & 0x7f
  const lengthBytes = shortLength < 126 ? 0 : shortLength === 126 ? 2 : 8
  const headerLength = 2 + lengthBytes + (masked ? 4 : 0)
  if (available < headerLength) return 0

  header.fin = (first & 0x80) !== 0
  header.rsv1 = (first & 0x40) !== 0
  header.rsv2 = (first & 0x20) !== 0
  header.rsv3 = (first & 0x10) !== 0
  header.opcode = first & 0x0f
  header.masked = masked
  header.lengthBytes = lengthBytes
  header.payloadLength = lengthBytes === 0 ? shortLength : readLength(bytes, start + 2, lengthBytes)
  header.maskingKey = masked ? readMaskingKey(bytes, start + headerLength - 4) : 0
  return headerLength
}

/** The length of the header of a frame, in bytes. */
export function frameHeaderLength(payloadLength: number, masked: boolean): number {
  return (payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10) + (masked ? 4 : 0)
}

/**
 * Writes a header into `target` at `offset`, with the payload length in its shortest form.
 *
 * @param firstByte The FIN and RSV bits and the opcode.
 * @param maskingKey Left out: the frame is not masked.
 * @returns The offset behind the header.
 */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  firstByte: number,
  payloadLength: number,
  maskingKey?: number,
): number {
  const maskBit = maskingKey === undefined ? 0 : 0x80
  target[offset++] = firstByte
  if (payloadLength < 126) {
    target[offset++] = maskBit | payloadLength
  } else if (payloadLength < 65_536) {
    target[offset++] = maskBit | 126
    target[offset++] = payloadLength >>> 8
    target[offset++] = payloadLength
  } else {
    target[offset++] = maskBit | 127
    for (let shift = 7; shift >= 0; shift--) target[offset++] = Math.floor(payloadLength / 2 ** (8 * shift))
  }
  if (maskingKey !== undefined) {
    for (let shift = 0; shift < 32; shift += 8) target[offset++] = maskingKey >>> shift
  }
  return offset
}

/** A number holds 53 bits: a length of more is rounded down, so that its highest bit stays what it was. */
function readLength(bytes: Uint8Array, start: number, lengthBytes: number): number {
  if (lengthBytes === 2) return readBigEndian(bytes, start, 2)
  const high = readBigEndian(bytes, start, 4)
  const low = readBigEndian(bytes, start + 4, 4)
  return high * 2 ** 32 + (high < 2 ** 21 ? low : low - (low % 2 ** 11))
}

function readBigEndian(bytes: Uint8Array, start: number, length: number): number {
  let value = 0
  for (let index = start; index < start + length; index++) value = value * 256 + (bytes[index] as number)
  return value
}

function readMaskingKey(bytes: Uint8Array, start: number): number {
  return (
    (bytes[start] as number) |
    ((bytes[start + 1] as number) << 8) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 24)
  )
}
