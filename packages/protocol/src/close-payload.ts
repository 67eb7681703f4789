import { Buffer, isUtf8 } from 'node:buffer'
import { CloseCode, isReceivableCloseCode, isSendableCloseCode } from './close-code.ts'
import { type Failure, failures } from './failure.ts'

/** The room for a close reason: a control frame holds 125 bytes, the code takes two of them. */
export const MAX_REASON_LENGTH = 123

/** What a close frame says. */
export interface ClosePayload {
  /** 1005 when the frame was empty. */
  readonly code: number
  readonly reason: string
}

export type ClosePayloadVerdict =
  | ({ readonly ok: true } & ClosePayload)
  | { readonly ok: false; readonly failure: Failure }

/**
 * The payload of a close frame (RFC 6455 section 5.5.1). The reason is truncated to what fits.
 *
 * @param code 1005 makes an empty payload, which the peer reports as 1005. @default 1005
 * @throws RangeError When an endpoint may not send the code.
 */
export function encodeClosePayload(code: number = CloseCode.NO_STATUS_RECEIVED, reason = ''): Buffer {
  if (code === CloseCode.NO_STATUS_RECEIVED) return Buffer.alloc(0)
  if (!isSendableCloseCode(code)) throw new RangeError(`Close code ${code} may not be sent`)
  const text = Buffer.from(truncateReason(reason))
  const payload = Buffer.allocUnsafe(2 + text.length)
  payload.writeUInt16BE(code)
  payload.set(text, 2)
  return payload
}

/** Reads the payload of a close frame, and says what is wrong with it (RFC 6455 sections 5.5.1 and 7.4). */
export function checkClosePayload(payload: Buffer): ClosePayloadVerdict {
  if (payload.length === 0) return { ok: true, code: CloseCode.NO_STATUS_RECEIVED, reason: '' }
  if (payload.length === 1) return { ok: false, failure: failures.ERR_CLOSE_PAYLOAD_TOO_SHORT }
  const code = payload.readUInt16BE()
  if (!isReceivableCloseCode(code)) return { ok: false, failure: failures.ERR_INVALID_CLOSE_CODE }
  const reason = payload.subarray(2)
  if (!isUtf8(reason)) return { ok: false, failure: failures.ERR_INVALID_UTF8 }
  return { ok: true, code, reason: reason.toString() }
}

/** Cuts a close reason to 123 UTF-8 bytes, on a code-point boundary, and removes CR and LF. */
export function truncateReason(reason: string): string {
  const bytes = Buffer.from(reason.replace(/[\r\n]/g, ''))
  let end = Math.min(bytes.length, MAX_REASON_LENGTH)
  while (end < bytes.length && isContinuationByte(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

function isContinuationByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
