/** Every error code that Sluice throws, with its meaning. `docs/errors.md` is checked against this table. */
export const ERRORS = {
  ERR_UNKNOWN_OPTION: 'An option name that Sluice does not know.',
  ERR_INVALID_OPTION: 'An option with a wrong type or a value out of range.',
  ERR_DUPLICATE_ROUTE: 'Two WebSocket routes for one path.',
  ERR_INVALID_PATH: 'A path template that cannot be read.',
  ERR_UNKNOWN_CONVERTER: 'A path parameter names a converter that does not exist.',
  ERR_INVALID_HANDLER: 'A handler that is not a function, or callbacks and a handler together.',
  ERR_ALREADY_REGISTERED: 'Sluice is registered twice on one server.',
  ERR_INVALID_STATE: 'A call that the state of the connection does not allow.',
  ERR_INVALID_SUBPROTOCOL: 'A subprotocol that the client did not offer.',
  ERR_INVALID_HEADER: 'A response header that is malformed or that the handshake owns.',
  ERR_INVALID_CLOSE_CODE: 'A close code that an endpoint may not send.',
  ERR_INVALID_PAYLOAD: 'A value that cannot be sent as a message.',
  ERR_UNSUPPORTED_DATA: 'A text message where binary was expected, or the other way round.',
  ERR_INVALID_JSON: 'A message that is not valid JSON.',
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
