import { close, type Frame, frame, Opcode, pong, RSV1 } from '../wire/frame.ts'
import type { ReadFrame } from '../wire/frame-reader.ts'
import type { Rule } from '../wire/inbound.ts'

/** One thing that the naive testee can do wrong, and the case that has to notice. */
interface FaultEntry {
  readonly name: string
  readonly caughtBy: string
  /** A rule that is not checked, or not `when` the frame looks so. */
  readonly ignores?: Rule
  readonly when?: (frame: ReadFrame) => boolean
  /** What becomes of a frame on its way out. The faults without it are built into the testee. */
  readonly writes?: (frame: Frame) => readonly Frame[]
  /** It shows in one role of the testee only. */
  readonly only?: 'server'
}

const FAULTS = [
  // Frames
  { name: 'mask not checked', caughtBy: '100.1.1', ignores: 'mask' },
  { name: 'reserved bits not checked', caughtBy: '3.1', ignores: 'reserved-bits' },
  { name: 'RSV1 accepted without deflate', caughtBy: '3.4', ignores: 'reserved-bits', when: hasRsv1 },
  { name: 'RSV1 accepted on a ping', caughtBy: '100.6.2', ignores: 'reserved-bits', when: isPing },
  { name: 'RSV1 accepted on a continuation', caughtBy: '100.6.1', ignores: 'reserved-bits', when: isContinuation },
  { name: 'reserved opcodes accepted', caughtBy: '4.1.1', ignores: 'reserved-opcode' },
  { name: 'any length accepted', caughtBy: '100.2.4' },
  { name: 'fragmented control frames accepted', caughtBy: '5.1', ignores: 'control-fragmented' },
  { name: 'control frames of 126 bytes accepted', caughtBy: '2.5', ignores: 'control-length' },
  { name: 'frames must come whole', caughtBy: '5.5' },
  { name: 'one frame read of each chunk', caughtBy: '5.6' },
  { name: 'frames lost that come with the handshake', caughtBy: '100.3.3' },
  { name: 'longest length form always', caughtBy: '1.1.2', writes: (frame) => [{ ...frame, lengthForm: 64 }] },
  { name: 'own frames with the wrong mask', caughtBy: '1.1.2', writes: (frame) => [{ ...frame, wrongMask: true }] },
  { name: 'own frames with a reserved bit', caughtBy: '1.1.2', writes: (frame) => [{ ...frame, rsv: 1 }] },

  // Messages
  { name: 'continuation of nothing accepted', caughtBy: '5.9', ignores: 'nothing-to-continue' },
  { name: 'message inside a message accepted', caughtBy: '5.18', ignores: 'unfinished-message' },
  { name: 'last fragment dropped', caughtBy: '5.3' },
  { name: 'fragment after a ping dropped', caughtBy: '5.6' },
  { name: 'more than 1,024 fragments refused', caughtBy: '9.3.1' },
  { name: 'more than 1 MiB refused', caughtBy: '9.1.4' },
  { name: 'large messages overtaken by small ones', caughtBy: '100.3.1' },
  { name: 'echo comes twice', caughtBy: '1.2.2', writes: (frame) => (isMessage(frame) ? [frame, frame] : [frame]) },
  { name: 'empty message not echoed', caughtBy: '1.1.1', writes: (frame) => (isEmptyMessage(frame) ? [] : [frame]) },
  { name: 'text echoed as binary', caughtBy: '1.1.2', writes: asBinary },
  { name: 'payload of 125 bytes cut', caughtBy: '1.1.2', writes: (frame) => [cut(frame, 125)] },
  { name: 'payload of 126 bytes cut', caughtBy: '1.2.3', writes: (frame) => [cut(frame, 126)] },
  { name: 'payload of 65535 bytes cut', caughtBy: '1.1.6', writes: (frame) => [cut(frame, 65_535)] },
  { name: 'payload of 65536 bytes cut', caughtBy: '1.2.7', writes: (frame) => [cut(frame, 65_536)] },

  // UTF-8
  { name: 'UTF-8 not checked', caughtBy: '6.3.1', ignores: 'text-utf8' },
  { name: 'UTF-8 not checked in fragments', caughtBy: '6.3.2', ignores: 'text-utf8', when: isContinuation },
  { name: 'UTF-8 not checked after inflation', caughtBy: '100.6.5', ignores: 'text-utf8', when: hasRsv1 },
  { name: 'UTF-8 checked in each fragment by itself', caughtBy: '6.2.3' },
  {
    name: 'UTF-8 cut at the end accepted',
    caughtBy: '6.6.1',
    ignores: 'text-utf8',
    when: (frame) => holds(frame, 0xce),
  },
  { name: 'surrogates accepted', caughtBy: '6.20.1', ignores: 'text-utf8', when: (frame) => holds(frame, 0xed) },
  {
    name: 'overlong sequences accepted',
    caughtBy: '6.17.1',
    ignores: 'text-utf8',
    when: (frame) => holds(frame, 0xc0),
  },
  { name: 'beyond Unicode accepted', caughtBy: '6.11.5', ignores: 'text-utf8', when: (frame) => holds(frame, 0xf4) },

  // Pings and pongs
  { name: 'no pong', caughtBy: '2.1', writes: (frame) => (isPong(frame) ? [] : [frame]) },
  { name: 'pong without the payload', caughtBy: '2.2', writes: (frame) => [isPong(frame) ? pong() : frame] },
  { name: 'pong cut at 124 bytes', caughtBy: '2.4', writes: (frame) => [isPong(frame) ? cut(frame, 125) : frame] },
  { name: 'pong for a pong', caughtBy: '2.8' },
  { name: 'pong only after the message', caughtBy: '5.19' },

  // Close
  { name: 'close payload of one byte accepted', caughtBy: '7.3.2', ignores: 'close-length' },
  { name: 'close code 1005 accepted', caughtBy: '7.9.4', ignores: 'close-code' },
  { name: 'close reason not UTF-8 accepted', caughtBy: '7.5.1', ignores: 'close-reason-utf8' },
  { name: 'message answered after close', caughtBy: '7.1.4' },
  { name: 'ping answered after close', caughtBy: '7.1.3' },
  { name: 'close not answered', caughtBy: '7.3.3', writes: (frame) => (isClose(frame) ? [] : [frame]) },
  {
    name: 'close without a code answered with 1005',
    caughtBy: '7.3.1',
    writes: (frame) => [coded(frame, undefined, 1005)],
  },
  { name: 'close code 1014 refused', caughtBy: '100.4.3', writes: (frame) => [coded(frame, 1014, 1002)] },
  { name: 'close code 1000 answered with 1001', caughtBy: '7.3.3', writes: (frame) => [coded(frame, 1000, 1001)] },
  { name: 'violations closed with 1011', caughtBy: '5.1', writes: (frame) => [coded(frame, 1002, 1011)] },
  { name: 'invalid text closed with 1002', caughtBy: '6.3.1', writes: (frame) => [coded(frame, 1007, 1002)] },
  { name: 'TCP connection not closed by the server', caughtBy: '7.3.3', only: 'server' },
  { name: 'half-closed connection left open', caughtBy: '100.4.7', only: 'server' },

  // Compression
  { name: 'data that do not inflate accepted', caughtBy: '100.6.4', ignores: 'deflate-data' },
  { name: 'context lost although agreed', caughtBy: '100.5.3' },
  { name: 'context kept although not agreed', caughtBy: '13.2.3' },
  { name: 'window larger than agreed', caughtBy: '13.3.5' },
  { name: 'compressed without RSV1', caughtBy: '12.2.3', writes: (frame) => [{ ...frame, rsv: 0 }] },
  { name: 'window of the answer larger than offered', caughtBy: '13.3.1', only: 'server' },
  { name: 'no context takeover not confirmed', caughtBy: '13.2.1', only: 'server' },
  { name: 'client window answered unasked', caughtBy: '100.5.1', only: 'server' },
  { name: 'extension answered unasked', caughtBy: '1.1.1', only: 'server' },
  { name: 'wrong Sec-WebSocket-Accept', caughtBy: '1.1.1', only: 'server' },
] as const satisfies readonly FaultEntry[]

export type FaultName = (typeof FAULTS)[number]['name']

export interface Fault extends FaultEntry {
  readonly name: FaultName
}

/** All faults, each with the case that has to catch it. */
export const NAIVE_FAULTS: readonly Fault[] = FAULTS

function hasRsv1({ rsv }: ReadFrame): boolean {
  return rsv === RSV1
}

function isPing({ opcode }: ReadFrame): boolean {
  return opcode === Opcode.PING
}

function isContinuation({ opcode }: ReadFrame): boolean {
  return opcode === Opcode.CONTINUATION
}

function holds({ payload }: ReadFrame, byte: number): boolean {
  return payload.includes(byte)
}

function isMessage({ opcode }: Frame): boolean {
  return opcode <= Opcode.BINARY
}

function isEmptyMessage(frame: Frame): boolean {
  return isMessage(frame) && frame.payload.length === 0
}

function isPong({ opcode }: Frame): boolean {
  return opcode === Opcode.PONG
}

function isClose({ opcode }: Frame): boolean {
  return opcode === Opcode.CLOSE
}

function asBinary(sent: Frame): Frame[] {
  return [sent.opcode === Opcode.TEXT ? frame(Opcode.BINARY, sent.payload) : sent]
}

/** Without its last byte, when the payload is that long. */
function cut(frame: Frame, length: number): Frame {
  return frame.payload.length === length ? { ...frame, payload: frame.payload.subarray(0, -1) } : frame
}

/** A close frame with another code. */
function coded(frame: Frame, from: number | undefined, to: number): Frame {
  const code = frame.payload.length === 0 ? undefined : frame.payload.readUInt16BE(0)
  return isClose(frame) && code === from ? close(to) : frame
}
