import { type Buffer, isUtf8 } from 'node:buffer'

/**
 * Checks text of which the rest is still to come, so that a message fails at its first impossible byte.
 *
 * @returns The end of the last whole character in `bytes[start, end)`, or -1 when nothing that may follow can make
 *   the text valid (RFC 3629 section 4).
 */
export function checkUtf8Prefix(bytes: Buffer, start: number, end: number): number {
  const whole = endOfWholeCharacters(bytes, start, end)
  if (whole < end && !canBeginCharacter(bytes, whole, end)) return -1
  return isUtf8(bytes.subarray(start, whole)) ? whole : -1
}

function endOfWholeCharacters(bytes: Buffer, start: number, end: number): number {
  const earliest = Math.max(start, end - 3)
  for (let index = end - 1; index >= earliest; index--) {
    const byte = bytes[index] as number
    if (isContinuation(byte)) continue
    return end - index < lengthOfCharacter(byte) ? index : end
  }
  return end
}

function lengthOfCharacter(leadByte: number): number {
  if (leadByte < 0xc0) return 1
  if (leadByte < 0xe0) return 2
  return leadByte < 0xf0 ? 3 : 4
}

/** Whether the one to three bytes are the beginning of a character; those after the first are continuation bytes. */
function canBeginCharacter(bytes: Buffer, start: number, end: number): boolean {
  const lead = bytes[start] as number
  if (lead < 0xc2 || lead > 0xf4) return false
  if (end - start === 1) return true
  const second = bytes[start + 1] as number
  if (lead === 0xe0) return second >= 0xa0
  if (lead === 0xed) return second < 0xa0
  if (lead === 0xf0) return second >= 0x90
  if (lead === 0xf4) return second < 0x90
  return true
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
