import { randomBytes } from 'node:crypto'

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const

/** The number of bits that carry the payload length: the three forms of RFC 6455 section 5.2. */
export type LengthForm = 7 | 16 | 64

/** One frame as a script asks for it. Nothing here has to be legal. */
export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
  readonly fin: boolean
  /** The three reserved bits as a number: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number
  /** Mask although this role must not, or leave the mask out although it must. */
  readonly wrongMask?: boolean
  /** A form other than the shortest. */
  readonly lengthForm?: LengthForm
  /** A length other than that of the payload. */
  readonly announcedLength?: bigint
}

export const RSV1 = 4
export const RSV2 = 2
export const RSV3 = 1

type Variation = Partial<Omit<Frame, 'opcode' | 'payload'>>

export function frame(opcode: number, payload: string | Buffer = '', variation: Variation = {}): Frame {
  return { opcode, payload: Buffer.from(payload), fin: true, rsv: 0, ...variation }
}

export const text = (payload: string | Buffer = '', variation?: Variation) => frame(Opcode.TEXT, payload, variation)
export const binary = (payload: string | Buffer = '', variation?: Variation) => frame(Opcode.BINARY, payload, variation)
export const ping = (payload: string | Buffer = '', variation?: Variation) => frame(Opcode.PING, payload, variation)
export const pong = (payload: string | Buffer = '', variation?: Variation) => frame(Opcode.PONG, payload, variation)

export function continuation(payload: string | Buffer, variation?: Variation): Frame {
  return frame(Opcode.CONTINUATION, payload, variation)
}

/** A close frame; without a code its payload is empty. */
export function close(code?: number, reason: string | Buffer = '', variation?: Variation): Frame {
  return frame(Opcode.CLOSE, code === undefined ? '' : closePayload(code, reason), variation)
}

/** A message cut into frames of `size` bytes of payload (the last may be shorter). */
export function fragments(opcode: number, payload: Buffer, size: number, rsv = 0): Frame[] {
  const count = Math.max(1, Math.ceil(payload.length / size))
  return Array.from({ length: count }, (_, index) =>
    frame(index === 0 ? opcode : Opcode.CONTINUATION, payload.subarray(index * size, (index + 1) * size), {
      fin: index === count - 1,
      rsv: index === 0 ? rsv : 0,
    }),
  )
}

/** The octets of a frame. A client masks, a server does not (RFC 6455 section 5.1). */
export function encodeFrame(frame: Frame, role: 'client' | 'server'): Buffer {
  const masked = (role === 'client') !== (frame.wrongMask === true)
  const head = encodeHead(frame, masked)
  if (!masked) return Buffer.concat([head, frame.payload])
  const key = randomBytes(4)
  return Buffer.concat([head, key, applyMask(frame.payload, key)])
}

/** Masks and unmasks (RFC 6455 section 5.3). */
export function applyMask(payload: Buffer, key: Buffer): Buffer {
  const masked = Buffer.allocUnsafe(payload.length)
  for (let index = 0; index < payload.length; index++) masked[index] = (payload[index] ?? 0) ^ (key[index & 3] ?? 0)
  return masked
}

/** The shortest form that holds a length (RFC 6455 section 5.2 requires it). */
export function shortestForm(length: bigint): LengthForm {
  if (length < 126n) return 7
  return length < 65_536n ? 16 : 64
}

function encodeHead(frame: Frame, masked: boolean): Buffer {
  const length = frame.announcedLength ?? BigInt(frame.payload.length)
  const form = frame.lengthForm ?? shortestForm(length)
  const head = Buffer.alloc(form === 7 ? 2 : form === 16 ? 4 : 10)
  head[0] = (frame.fin ? 0x80 : 0) | (frame.rsv << 4) | frame.opcode
  head[1] = (masked ? 0x80 : 0) | (form === 7 ? Number(length) : form === 16 ? 126 : 127)
  if (form === 16) head.writeUInt16BE(Number(length), 2)
  if (form === 64) head.writeBigUInt64BE(length, 2)
  return head
}

function closePayload(code: number, reason: string | Buffer): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return Buffer.concat([head, Buffer.from(reason)])
}
