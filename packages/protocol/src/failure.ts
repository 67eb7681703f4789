const FAILURES = {
  ERR_RESERVED_BITS: { closeCode: 1002, reason: 'Reserved bit set' },
  ERR_MISPLACED_COMPRESSION: { closeCode: 1002, reason: 'Compression bit on a control or continuation frame' },
  ERR_UNKNOWN_OPCODE: { closeCode: 1002, reason: 'Unknown opcode' },
  ERR_MASK_REQUIRED: { closeCode: 1002, reason: 'Client frame is not masked' },
  ERR_MASK_FORBIDDEN: { closeCode: 1002, reason: 'Server frame is masked' },
  ERR_FRAGMENTED_CONTROL: { closeCode: 1002, reason: 'Control frame is fragmented' },
  ERR_CONTROL_TOO_LONG: { closeCode: 1002, reason: 'Control frame is too long' },
  ERR_LENGTH_NOT_MINIMAL: { closeCode: 1002, reason: 'Payload length is not minimally encoded' },
  ERR_LENGTH_OUT_OF_RANGE: { closeCode: 1002, reason: 'Payload length is out of range' },
  ERR_UNEXPECTED_CONTINUATION: { closeCode: 1002, reason: 'Continuation without a message' },
  ERR_EXPECTED_CONTINUATION: { closeCode: 1002, reason: 'New message inside a fragmented message' },
  ERR_CLOSE_PAYLOAD_TOO_SHORT: { closeCode: 1002, reason: 'Close frame is too short' },
  ERR_INVALID_CLOSE_CODE: { closeCode: 1002, reason: 'Invalid close code' },
  ERR_INVALID_UTF8: { closeCode: 1007, reason: 'Invalid UTF-8' },
  ERR_INVALID_DEFLATE: { closeCode: 1007, reason: 'Invalid compressed data' },
  ERR_TOO_MANY_FRAGMENTS: { closeCode: 1008, reason: 'Too many fragments' },
  ERR_MESSAGE_TOO_BIG: { closeCode: 1009, reason: 'Message is too big' },
} as const satisfies Record<string, { closeCode: number; reason: string }>

export type FailureCode = keyof typeof FAILURES

/** Why a connection fails (RFC 6455 section 7.1.7): what to log, and what to tell the peer. */
export interface Failure {
  readonly code: FailureCode
  readonly closeCode: number
  readonly reason: string
}

/** Every failure that a peer can cause, by its code. */
export const failures: { readonly [Code in FailureCode]: Failure & { readonly code: Code } } = withCodes(FAILURES)

function withCodes(table: typeof FAILURES): typeof failures {
  const entries = Object.entries(table).map(([code, failure]) => [code, Object.freeze({ code, ...failure })])
  return Object.freeze(Object.fromEntries(entries)) as typeof failures
}
