import { isUtf8 } from 'node:buffer'
import type { MessageTransform } from './deflate.ts'
import { Opcode, RSV1, shortestForm } from './frame.ts'
import type { ReadFrame } from './frame-reader.ts'

/** The rules a received frame can break. */
export type Rule =
  | 'mask'
  | 'reserved-bits'
  | 'reserved-opcode'
  | 'length-form'
  | 'control-length'
  | 'control-fragmented'
  | 'nothing-to-continue'
  | 'unfinished-message'
  | 'deflate-data'
  | 'text-utf8'
  | 'close-length'
  | 'close-code'
  | 'close-reason-utf8'

/** What a frame turned out to be. */
export type Arrival =
  | { readonly type: 'text' | 'binary'; readonly payload: Buffer }
  | { readonly type: 'ping' | 'pong'; readonly payload: Buffer }
  | { readonly type: 'close'; readonly code: number | undefined; readonly reason: string }
  | { readonly type: 'fragment' }
  | { readonly type: 'violation'; readonly rule: Rule; readonly code: 1002 | 1007; readonly text: string }

export interface InboundOptions {
  /** Whether the sender is the one who must mask. */
  readonly expectsMask: boolean
  /** Set when permessage-deflate is agreed. */
  readonly inflate?: MessageTransform
  /** Whether to let a broken rule pass, for a testee that is faulty on purpose. */
  readonly ignores?: (rule: Rule, frame: ReadFrame) => boolean
}

type Violation = Extract<Arrival, { type: 'violation' }>

/** A rule, whether the frame breaks it, and what to say then; 1002 unless another code is named. */
type Finding = readonly [rule: Rule, isBroken: boolean, text: string, code?: 1007]

/** Turns the frames of one sender into messages, control frames and violations of RFC 6455 and RFC 7692. */
export class Inbound {
  readonly #options: InboundOptions
  #opcode: number = Opcode.CONTINUATION
  #compressed = false
  #parts: Buffer[] = []

  constructor(options: InboundOptions) {
    this.#options = options
  }

  /** Whether a message has begun and not ended. */
  get isInsideMessage(): boolean {
    return this.#opcode !== Opcode.CONTINUATION
  }

  accept(frame: ReadFrame): Arrival {
    const isControl = frame.opcode >= 8
    const mayCompress = this.#options.inflate !== undefined && !isControl && frame.opcode !== Opcode.CONTINUATION
    const violation = this.#check(frame, [
      ['mask', frame.masked !== this.#options.expectsMask, frame.masked ? 'a server masked' : 'a client did not mask'],
      ['reserved-bits', (frame.rsv & ~(mayCompress ? RSV1 : 0)) !== 0, `reserved bits ${frame.rsv} mean nothing`],
      ['reserved-opcode', isReserved(frame.opcode), `opcode ${frame.opcode} is reserved`],
      ['length-form', !hasShortestForm(frame), `${frame.payload.length} bytes announced in ${frame.lengthForm} bits`],
    ])
    return violation ?? (isControl ? this.#acceptControl(frame) : this.#acceptData(frame))
  }

  #acceptControl(frame: ReadFrame): Arrival {
    const violation = this.#check(frame, [
      ['control-fragmented', !frame.fin, 'a control frame is fragmented'],
      ['control-length', frame.payload.length > 125, 'a control frame is longer than 125 bytes'],
    ])
    if (violation !== undefined) return violation
    if (frame.opcode === Opcode.PING) return { type: 'ping', payload: frame.payload }
    if (frame.opcode === Opcode.PONG) return { type: 'pong', payload: frame.payload }
    return this.#acceptClose(frame)
  }

  #acceptClose(frame: ReadFrame): Arrival {
    const { payload } = frame
    const code = payload.length < 2 ? undefined : payload.readUInt16BE(0)
    const reason = payload.subarray(2)
    const violation = this.#check(frame, [
      ['close-length', payload.length === 1, 'a close frame has a payload of one byte'],
      ['close-code', code !== undefined && !mayBeSent(code), `close code ${code} must not be sent`],
      ['close-reason-utf8', !isUtf8(reason), 'the close reason is not UTF-8', 1007],
    ])
    return violation ?? { type: 'close', code, reason: reason.toString() }
  }

  #acceptData(frame: ReadFrame): Arrival {
    const continues = frame.opcode === Opcode.CONTINUATION
    const violation = this.#check(frame, [
      ['nothing-to-continue', continues && !this.isInsideMessage, 'a continuation frame continues nothing'],
      ['unfinished-message', !continues && this.isInsideMessage, 'a message begins inside another'],
    ])
    if (violation !== undefined) return violation
    if (!continues) {
      this.#opcode = frame.opcode
      this.#compressed = (frame.rsv & RSV1) !== 0
    }
    this.#parts.push(frame.payload)
    return frame.fin ? this.#finishMessage(frame) : { type: 'fragment' }
  }

  #finishMessage(last: ReadFrame): Arrival {
    const type = this.#opcode === Opcode.BINARY ? 'binary' : 'text'
    const joined = Buffer.concat(this.#parts)
    const payload = this.#compressed ? this.#inflate(joined) : joined
    this.#parts = []
    this.#opcode = Opcode.CONTINUATION
    const violation = this.#check(last, [
      ['deflate-data', payload === undefined, 'the message does not inflate', 1007],
      ['text-utf8', type === 'text' && payload !== undefined && !isUtf8(payload), 'a text is not UTF-8', 1007],
    ])
    return violation ?? { type, payload: payload ?? joined }
  }

  #inflate(payload: Buffer): Buffer | undefined {
    try {
      return this.#options.inflate?.(payload)
    } catch {
      return undefined
    }
  }

  #check(frame: ReadFrame, findings: readonly Finding[]): Violation | undefined {
    const found = findings.find(([rule, isBroken]) => isBroken && this.#options.ignores?.(rule, frame) !== true)
    if (found === undefined) return undefined
    const [rule, , text, code = 1002] = found
    return { type: 'violation', rule, code, text }
  }
}

function isReserved(opcode: number): boolean {
  return (opcode > 2 && opcode < 8) || opcode > 10
}

function hasShortestForm(frame: ReadFrame): boolean {
  return frame.lengthForm === shortestForm(BigInt(frame.payload.length))
}

/** Close codes that may stand in a close frame (RFC 6455 section 7.4 and the IANA registry). */
function mayBeSent(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}
