import { Buffer } from 'node:buffer'
import { constants, deflateRawSync } from 'node:zlib'
import { applyMask, Opcode, type Role, writeFrameHeader } from '../src/index.ts'
import type { Random } from './random.ts'

export interface StreamSettings {
  /** The role of the endpoint that receives the stream. */
  readonly role: Role
  readonly deflate: boolean
}

const DATA = [Opcode.TEXT, Opcode.TEXT, Opcode.TEXT, Opcode.BINARY]
const CONTROL = [Opcode.PING, Opcode.PONG, Opcode.PING, Opcode.PONG, Opcode.CLOSE]
const LENGTHS = [0, 0, 1, 2, 5, 5, 20, 20, 60, 124, 125, 126, 127, 250, 300, 301]
const CLOSE_CODES = [
  1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 0, 999, 2999, 3000, 4999, 5000, 65_535,
]
const ASCII = Buffer.from('plain text and so on; '.repeat(20))
const UNICODE = 'höher, 日本語, 😀😀 '.repeat(20)
const BROKEN = ['ff', 'c0af', 'eda080', 'f4908080', 'e282', 'f09f98', '80', 'c3'].map((hex) => Buffer.from(hex, 'hex'))

/** A stream of bytes as a peer might send it: good, nearly good, or garbage. */
export function createStream(random: Random, settings: StreamSettings): Buffer {
  const kind = random.below(10)
  if (kind === 0) return random.bytes(random.below(80))
  const stream = Buffer.concat(createFrames(random, settings))
  return kind < 3 ? mutate(random, stream) : stream
}

/** The same bytes in pieces. */
export function cutAtRandom(random: Random, stream: Buffer): Buffer[] {
  if (random.oneIn(8)) return Array.from(stream, (byte) => Buffer.from([byte]))
  const chunks: Buffer[] = []
  for (let start = 0; start < stream.length; ) {
    const end = start + 1 + random.below(random.oneIn(2) ? 8 : 200)
    chunks.push(Buffer.from(stream.subarray(start, end)))
    start = end
  }
  return chunks
}

function createFrames(random: Random, settings: StreamSettings): Buffer[] {
  const frames: Buffer[] = []
  for (let count = random.below(6); count >= 0; count--) {
    if (random.oneIn(4)) frames.push(createControl(random, settings))
    else frames.push(...createMessage(random, settings))
  }
  return frames
}

function createMessage(random: Random, settings: StreamSettings): Buffer[] {
  const isCompressed = settings.deflate && random.oneIn(2)
  const payload = createPayload(random, isCompressed)
  const parts = random.oneIn(2) ? [payload] : split(random, payload)
  return parts.flatMap((part, index) => {
    const opcode = index === 0 ? random.pick(DATA) : Opcode.CONTINUATION
    const fin = index === parts.length - 1
    const rsv1 = isCompressed && index === 0
    const frame = createFrame(random, settings, (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode, part)
    return random.oneIn(8) ? [createControl(random, settings), frame] : [frame]
  })
}

function createControl(random: Random, settings: StreamSettings): Buffer {
  const opcode = random.pick(CONTROL)
  const length = random.oneIn(30) ? 126 : random.below(20)
  const payload = opcode === Opcode.CLOSE ? createClosePayload(random) : ASCII.subarray(0, length)
  return createFrame(random, settings, 0x80 | opcode, payload)
}

/** Up to five parts, some of them empty, cut without regard to characters. */
function split(random: Random, payload: Buffer): Buffer[] {
  const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(payload.length + 1)).sort((a, b) => a - b)
  return [0, ...cuts].map((start, index) => payload.subarray(start, cuts[index] ?? payload.length))
}

/** One frame, with a fault in one of about fifteen. */
function createFrame(random: Random, { role }: StreamSettings, firstByte: number, payload: Buffer): Buffer {
  const flaw = random.oneIn(40) ? 1 << random.below(8) : 0
  const isMasked = (role === 'server') !== random.oneIn(80)
  const header = createHeader(random, firstByte ^ flaw, payload.length, isMasked)
  return Buffer.concat([header.bytes, maskWith(header.maskingKey, payload)])
}

function createPayload(random: Random, isCompressed: boolean): Buffer {
  const length = random.pick(LENGTHS)
  const text = random.oneIn(2) ? ASCII.subarray(0, length) : Buffer.from(UNICODE.slice(0, length >> 1))
  const data = random.oneIn(20) ? Buffer.concat([text, random.pick(BROKEN)]) : text
  return isCompressed ? compress(random, data) : data
}

function createClosePayload(random: Random): Buffer {
  if (random.oneIn(8)) return Buffer.alloc(random.below(2))
  const code = Buffer.alloc(2)
  code.writeUInt16BE(random.pick(CLOSE_CODES))
  return Buffer.concat([code, random.oneIn(6) ? random.pick(BROKEN) : ASCII.subarray(0, random.below(12))])
}

function compress(random: Random, data: Buffer): Buffer {
  if (random.oneIn(10)) return data
  const payload = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH, memLevel: 1 }).subarray(0, -4)
  return random.oneIn(6) ? payload.subarray(0, random.below(payload.length + 1)) : payload
}

/** Now and then the length is a lie, or takes more bytes than it must. */
function createHeader(random: Random, firstByte: number, payloadLength: number, isMasked: boolean) {
  const bytes = Buffer.alloc(14)
  const maskingKey = isMasked ? random.next() | 0 : undefined
  const length = random.oneIn(60) ? random.next() * 2 ** random.below(32) : payloadLength
  const end = random.oneIn(60)
    ? writeLongHeader(bytes, firstByte, length, random.oneIn(2), maskingKey)
    : writeFrameHeader(bytes, 0, firstByte, length, maskingKey)
  return { bytes: bytes.subarray(0, end), maskingKey }
}

function writeLongHeader(
  bytes: Buffer,
  firstByte: number,
  length: number,
  is64Bit: boolean,
  maskingKey?: number,
): number {
  const maskBit = maskingKey === undefined ? 0 : 0x80
  bytes[0] = firstByte
  bytes[1] = maskBit | (is64Bit ? 127 : 126)
  if (is64Bit) bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(length)), 2)
  else bytes.writeUInt16BE(length & 0xffff, 2)
  const end = is64Bit ? 10 : 4
  return maskingKey === undefined ? end : bytes.writeInt32LE(maskingKey, end)
}

function maskWith(maskingKey: number | undefined, payload: Buffer): Buffer {
  if (maskingKey === undefined) return payload
  const masked = Buffer.from(payload)
  applyMask(masked, 0, masked.length, maskingKey)
  return masked
}

function mutate(random: Random, stream: Buffer): Buffer {
  if (stream.length === 0) return stream
  const at = random.below(stream.length)
  switch (random.below(4)) {
    case 0:
      return stream.subarray(0, at)
    case 1:
      return Buffer.concat([stream.subarray(0, at), stream.subarray(at + 1 + random.below(4))])
    case 2:
      return Buffer.concat([stream.subarray(0, at), random.bytes(1 + random.below(4)), stream.subarray(at)])
    default:
      stream[at] = (stream[at] as number) ^ (1 << random.below(8))
      return stream
  }
}
