/** Every error code that Sluice throws, with its meaning. `docs/errors.md` is checked against this table. */
export const ERRORS = {
  ERR_UNKNOWN_OPTION: 'An option name that Sluice does not know.',
  ERR_INVALID_OPTION: 'An option with a wrong type or a value out of range.',
  ERR_DUPLICATE_ROUTE: 'Two WebSocket routes for one path.',
  ERR_INVALID_PATH: 'A path template that cannot be read.',
  ERR_UNKNOWN_CONVERTER: 'A path parameter that names a converter which does not exist.',
  ERR_INVALID_HANDLER: 'A handler that is not a function, none at all, or callbacks and a handler together.',
  ERR_ALREADY_REGISTERED: 'Sluice is registered twice on one server.',
  ERR_INVALID_STATE: 'A call that the state of the connection does not allow.',
  ERR_INVALID_SUBPROTOCOL: 'A subprotocol that the client did not offer.',
  ERR_INVALID_HEADER: 'A response header that is malformed, or that the handshake owns.',
  ERR_INVALID_CLOSE_CODE: 'A close code that an endpoint may not send.',
  ERR_INVALID_PAYLOAD: 'A value that cannot be sent as a message.',
  ERR_INVALID_STATUS: 'An HTTP status that cannot deny a handshake.',
  ERR_UNSUPPORTED_DATA: 'A text message where binary was expected, or the other way round.',
  ERR_INVALID_JSON: 'A message that is not valid JSON.',
  ERR_UNDECODABLE_MESSAGE: 'A message that the codec of its route cannot decode.',
  ERR_INVALID_MESSAGE: 'A message that the schema of its route refuses.',
  ERR_MISSING_PACKAGE: 'An option needs a package that is not installed.',
  ERR_TIMEOUT: 'Nothing arrived in the given time.',
} as const

export type ErrorCode = keyof typeof ERRORS

/** An error that Sluice throws at its caller. Tell them apart by `code`, never by the message. */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A receive got a message of the other kind. */
export class UnsupportedDataError extends SluiceError {
  override readonly name = 'UnsupportedDataError'

  constructor(expected: 'text' | 'binary') {
    super('ERR_UNSUPPORTED_DATA', `expected a ${expected} message`)
  }
}

/** `receiveJson` got a message that is not JSON, or that holds a key which pollutes prototypes. */
export class InvalidJsonError extends SluiceError {
  override readonly name = 'InvalidJsonError'

  constructor(cause: unknown) {
    super('ERR_INVALID_JSON', 'the message is not valid JSON', { cause })
  }
}

/** A codec other than JSON cannot decode a message, or must not: it is nested too deeply, or holds a key that pollutes prototypes. */
export class UndecodableMessageError extends SluiceError {
  override readonly name = 'UndecodableMessageError'

  constructor(codec: string, cause: unknown) {
    super('ERR_UNDECODABLE_MESSAGE', `the message is not valid ${codec}`, { cause })
  }
}

/** One thing that a schema refused. */
export interface MessageIssue {
  /** Where in the message: keys and indexes from the outside in. Empty for the message as a whole. */
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** What is wrong in one word, such as `missing` or `string_type`; `invalid` where the schema's library has none. */
  readonly type: string
}

/** A message does not fit `messages.receive`, or one that was to be sent does not fit `messages.send`. */
export class InvalidMessageError extends SluiceError {
  override readonly name = 'InvalidMessageError'
  /** Which way the message went. */
  readonly direction: 'received' | 'sent'
  readonly issues: readonly MessageIssue[]

  constructor(direction: 'received' | 'sent', issues: readonly MessageIssue[]) {
    super('ERR_INVALID_MESSAGE', `the message that was ${direction} is invalid: ${issues.map(describe).join('; ')}`)
    this.direction = direction
    this.issues = issues
  }
}

function describe({ path, message }: MessageIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`
}

/** Nothing arrived within the `timeout` of a receive. */
export class TimeoutError extends SluiceError {
  override readonly name = 'TimeoutError'

  constructor(timeout: number) {
    super('ERR_TIMEOUT', `nothing arrived within ${timeout} ms`)
  }
}

/** A close code outside 1000 to 1003, 1007 to 1014 and 3000 to 4999 (RFC 6455 section 7.4). */
export class CloseCodeError extends RangeError {
  override readonly name = 'CloseCodeError'
  readonly code: ErrorCode = 'ERR_INVALID_CLOSE_CODE'

  constructor(given: unknown) {
    super(`close code ${String(given)} may not be sent; use 1000 to 1003, 1007 to 1014 or 3000 to 4999`)
  }
}

/** Thrown by a receive or a send when the connection has ended. Left uncaught, it ends the handler quietly. */
export class WebSocketDisconnect extends Error {
  override readonly name = 'WebSocketDisconnect'
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string) {
    super(`the connection ended with ${code}${reason === '' ? '' : ` (${reason})`}`)
    this.code = code
    this.reason = reason
  }
}

/** Throw it from a handler to close the connection with a code, or, before `accept`, to deny with the status that belongs to it. */
export class WebSocketClose extends Error {
  override readonly name = 'WebSocketClose'
  readonly code: number
  readonly reason: string

  constructor(code: number, reason = '') {
    super(`close with ${code}${reason === '' ? '' : ` (${reason})`}`)
    this.code = code
    this.reason = reason
  }
}

/** Throw it before `accept` to answer the upgrade with an HTTP status instead. */
export class HttpDenial extends Error {
  override readonly name = 'HttpDenial'
  readonly status: number
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param status 400 to 599
   * @param detail what the peer reads as `detail`; any JSON value
   * @throws SluiceError `ERR_INVALID_STATUS`
   */
  constructor(status: number, detail: unknown = undefined, options: { headers?: Record<string, string> } = {}) {
    super(typeof detail === 'string' ? detail : `denied with ${status}`)
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new SluiceError('ERR_INVALID_STATUS', `a denial needs a status from 400 to 599, got ${String(status)}`)
    }
    this.status = status
    this.detail = detail
    this.headers = { ...options.headers }
  }
}
