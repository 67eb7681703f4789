import { describe, expect, it } from 'vitest'
import { CloseCode, isReceivableCloseCode, isSendableCloseCode } from '../src/index.ts'

const inRange = (code: number, ranges: readonly (readonly [number, number])[]) =>
  ranges.some(([low, high]) => code >= low && code <= high)

const ALLOWED = [
  [1000, 1003],
  [1007, 1014],
  [3000, 4999],
] as const

describe('close codes', () => {
  it('have the names and values that users rely on', () => {
    expect(CloseCode).toEqual({
      NORMAL: 1000,
      GOING_AWAY: 1001,
      PROTOCOL_ERROR: 1002,
      UNSUPPORTED_DATA: 1003,
      NO_STATUS_RECEIVED: 1005,
      ABNORMAL_CLOSURE: 1006,
      INVALID_FRAME_PAYLOAD_DATA: 1007,
      POLICY_VIOLATION: 1008,
      MESSAGE_TOO_BIG: 1009,
      MANDATORY_EXTENSION: 1010,
      INTERNAL_ERROR: 1011,
      SERVICE_RESTART: 1012,
      TRY_AGAIN_LATER: 1013,
      BAD_GATEWAY: 1014,
      TLS_HANDSHAKE: 1015,
    })
  })

  it('PR-10 may be sent only from 1000-1003, 1007-1014 and 3000-4999', () => {
    for (let code = 0; code <= 0xffff; code++) expect(isSendableCloseCode(code)).toBe(inRange(code, ALLOWED))
  })

  it('PR-10 are whole numbers', () => {
    for (const code of [1000.5, Number.NaN, Number.POSITIVE_INFINITY, -1000]) {
      expect(isSendableCloseCode(code)).toBe(false)
    }
  })

  it('PR-12 may be received exactly where they may be sent', () => {
    for (let code = 0; code <= 0xffff; code++) expect(isReceivableCloseCode(code)).toBe(inRange(code, ALLOWED))
  })
})
