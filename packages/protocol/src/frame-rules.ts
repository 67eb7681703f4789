import { type Failure, failures } from './failure.ts'
import type { FrameHeader } from './frame-header.ts'
import { isControlOpcode, isKnownOpcode, Opcode } from './opcode.ts'

/** The side of a connection that this endpoint is on. */
export type Role = 'server' | 'client'

/** What decides whether a header is right at its place in the stream. */
export interface FrameContext {
  /** The role of the endpoint that receives the frame. */
  readonly role: Role
  /** Whether permessage-deflate was negotiated. */
  readonly deflate: boolean
  /** Whether the message before is still missing fragments. */
  readonly fragmented: boolean
}

/** Says what is wrong with a frame header (RFC 6455 sections 5.1 to 5.5, RFC 7692 section 6). */
export function checkFrameHeader(header: FrameHeader, context: FrameContext): Failure | undefined {
  if (header.rsv2 || header.rsv3 || (header.rsv1 && !context.deflate)) return failures.ERR_RESERVED_BITS
  if (!isKnownOpcode(header.opcode)) return failures.ERR_UNKNOWN_OPCODE
  if (header.masked !== (context.role === 'server')) {
    return header.masked ? failures.ERR_MASK_FORBIDDEN : failures.ERR_MASK_REQUIRED
  }
  return isControlOpcode(header.opcode) ? checkControl(header) : checkData(header, context)
}

function checkControl(header: FrameHeader): Failure | undefined {
  if (header.rsv1) return failures.ERR_MISPLACED_COMPRESSION
  if (!header.fin) return failures.ERR_FRAGMENTED_CONTROL
  if (header.lengthBytes !== 0) return failures.ERR_CONTROL_TOO_LONG
  return undefined
}

function checkData(header: FrameHeader, context: FrameContext): Failure | undefined {
  const isContinuation = header.opcode === Opcode.CONTINUATION
  if (isContinuation && !context.fragmented) return failures.ERR_UNEXPECTED_CONTINUATION
  if (!isContinuation && context.fragmented) return failures.ERR_EXPECTED_CONTINUATION
  if (isContinuation && header.rsv1) return failures.ERR_MISPLACED_COMPRESSION
  return header.lengthBytes === 0 ? undefined : checkExtendedLength(header)
}

/** RFC 6455 section 5.2: the minimal number of bytes must be used, and the highest bit of a 64-bit length must be 0. */
function checkExtendedLength({ lengthBytes, payloadLength }: FrameHeader): Failure | undefined {
  if (payloadLength < (lengthBytes === 2 ? 126 : 65_536)) return failures.ERR_LENGTH_NOT_MINIMAL
  if (payloadLength >= 2 ** 63) return failures.ERR_LENGTH_OUT_OF_RANGE
  return undefined
}
