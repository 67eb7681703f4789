import { Buffer } from 'node:buffer'
import { copyBytes } from './copy-bytes.ts'
import { frameHeaderLength, MAX_HEADER_LENGTH, writeFrameHeader } from './frame-header.ts'
import { applyMask, createMaskingKey } from './mask.ts'
import type { Opcode } from './opcode.ts'

/** The parts of a frame besides its opcode and payload. */
export interface FrameOptions {
  /** Whether the frame ends its message. @default true */
  readonly fin?: boolean
  /** Whether the frame begins a compressed message (RFC 7692 section 6). @default false */
  readonly rsv1?: boolean
  /** `true` masks with an unpredictable key, as a client must; a number is the key to use. @default false */
  readonly mask?: boolean | number
}

const WHOLE_AND_UNMASKED = Object.freeze({})

/** Makes a frame in a buffer of its own. The payload is copied; a string is encoded as UTF-8. */
export function encodeFrame(
  opcode: Opcode,
  payload: string | Uint8Array,
  options: FrameOptions = WHOLE_AND_UNMASKED,
): Buffer {
  const payloadLength = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const maskingKey = maskingKeyOf(options)
  const headerLength = frameHeaderLength(payloadLength, maskingKey !== undefined)
  const frame = Buffer.allocUnsafe(headerLength + payloadLength)
  writePayload(frame, headerLength, payload)
  completeFrame(frame, 0, headerLength, frame.length, firstByteOf(opcode, options), maskingKey)
  return frame
}

/**
 * Makes a header alone, for a large payload that follows it without being copied. Masking that payload with the same
 * key is then up to the caller.
 */
export function encodeFrameHeader(
  opcode: Opcode,
  payloadLength: number,
  options: FrameOptions & { readonly mask?: false | number } = WHOLE_AND_UNMASKED,
): Buffer {
  const maskingKey = maskingKeyOf(options)
  const header = Buffer.allocUnsafe(frameHeaderLength(payloadLength, maskingKey !== undefined))
  writeFrameHeader(header, 0, firstByteOf(opcode, options), payloadLength, maskingKey)
  return header
}

/** The room that `writeFrame` asks for: what the frame can take at most, as if each character took three bytes. */
export function maxFrameLength(payload: string | Uint8Array): number {
  return MAX_HEADER_LENGTH + (typeof payload === 'string' ? payload.length * 3 : payload.length)
}

/**
 * Writes a frame into `target` at `offset`. Makes no object, so that many small messages can share one buffer.
 *
 * @returns The offset behind the frame.
 * @throws RangeError When fewer than `maxFrameLength(payload)` bytes are left in `target`.
 */
export function writeFrame(
  target: Buffer,
  offset: number,
  opcode: Opcode,
  payload: string | Uint8Array,
  options: FrameOptions = WHOLE_AND_UNMASKED,
): number {
  if (target.length - offset < maxFrameLength(payload)) throw new RangeError('The frame may not fit into the buffer')
  const maskingKey = maskingKeyOf(options)
  const isMasked = maskingKey !== undefined
  // As if all characters were ASCII, which saves counting the bytes first; where that was wrong, the payload moves.
  const guess = offset + frameHeaderLength(payload.length, isMasked)
  const payloadLength = writePayload(target, guess, payload)
  const start = offset + frameHeaderLength(payloadLength, isMasked)
  if (start !== guess) target.copyWithin(start, guess, guess + payloadLength)
  completeFrame(target, offset, start, start + payloadLength, firstByteOf(opcode, options), maskingKey)
  return start + payloadLength
}

/**
 * Writes a whole and unmasked frame into `target` at `offset`. Its payload is `prefix` and `bytes[start, end)` behind it.
 *
 * @returns The offset behind the frame.
 * @throws RangeError When fewer than `MAX_HEADER_LENGTH` bytes and the payload are left in `target`.
 */
export function writeFrameOf(
  target: Buffer,
  offset: number,
  opcode: Opcode,
  prefix: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const length = prefix.length + end - start
  if (target.length - offset < MAX_HEADER_LENGTH + length) throw new RangeError('The frame may not fit into the buffer')
  const payload = writeFrameHeader(target, offset, 0x80 | opcode, length)
  if (prefix.length > 0) target.set(prefix, payload)
  copyBytes(bytes, start, end, target, payload + prefix.length)
  return payload + length
}

function firstByteOf(opcode: Opcode, { fin = true, rsv1 = false }: FrameOptions): number {
  return (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode
}

function maskingKeyOf({ mask = false }: FrameOptions): number | undefined {
  if (mask === false) return undefined
  return mask === true ? createMaskingKey() : mask
}

function writePayload(target: Buffer, offset: number, payload: string | Uint8Array): number {
  if (typeof payload === 'string') return target.write(payload, offset)
  target.set(payload, offset)
  return payload.length
}

function completeFrame(
  target: Buffer,
  offset: number,
  start: number,
  end: number,
  firstByte: number,
  maskingKey: number | undefined,
): void {
  writeFrameHeader(target, offset, firstByte, end - start, maskingKey)
  if (maskingKey !== undefined) applyMask(target, start, end, maskingKey)
}
