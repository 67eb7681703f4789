import type { IncomingHttpHeaders } from 'node:http'
import type { DenialStage } from './server-watch.ts'

/** Every error code of the test client, with its meaning. The README is checked against this table. */
export const ERRORS = {
  ERR_UNKNOWN_OPTION: 'An option name that the test client does not know.',
  ERR_INVALID_OPTION: 'An option or a path with a wrong type or value.',
  ERR_UNSUPPORTED_SERVER: 'An app whose server does not speak HTTP/1.1, or that speaks TLS over a real port.',
  ERR_HANDSHAKE_DENIED: 'The app answered the upgrade request with an HTTP response.',
  ERR_NO_RESPONSE: 'The stream ended before the upgrade request was answered.',
  ERR_INVALID_HANDSHAKE: 'A 101 response that RFC 6455 does not allow.',
  ERR_PROTOCOL: 'The server sent a frame that RFC 6455 does not allow.',
  ERR_TIMEOUT: 'Something that was awaited did not happen in time.',
  ERR_MESSAGE_KIND: 'A text message where binary was expected, or the other way round.',
  ERR_INVALID_JSON: 'A message that is not JSON.',
  ERR_INVALID_PAYLOAD: 'A value that cannot be sent.',
  ERR_INVALID_CLOSE_CODE: 'A close code that an endpoint may not send.',
  ERR_CLOCK_MISMATCH: 'A client with another clock than its app.',
  ERR_RUNAWAY_CLOCK: 'Timers on a virtual clock that set one another without end.',
  ERR_INVALID_RECORDING: 'A file that is no recording, or one of another version.',
  ERR_LEAKED_CONNECTION: 'A connection that the test neither closed nor disposed of.',
} as const

export type TestErrorCode = keyof typeof ERRORS

/** An error of the test client. Tell them apart by `code`. */
export class TestClientError extends Error {
  override readonly name: string = 'TestClientError'
  readonly code: TestErrorCode

  constructor(code: TestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Something that was awaited did not happen in time. */
export class TimeoutError extends TestClientError {
  override readonly name = 'TimeoutError'

  constructor(message: string) {
    super('ERR_TIMEOUT', message)
  }
}

/** The HTTP response to a denied handshake, and where it was denied. */
export interface DenialResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** Parsed when it is JSON, text otherwise. */
  readonly body: unknown
  /** `undefined` where Sluice did not decide: no such route, or a hook that replied. */
  readonly stage: DenialStage | undefined
}

/** `connect()` was answered with an HTTP response. `cause` is what the handler or a stage threw, if anything. */
export class HandshakeDenied extends TestClientError implements DenialResponse {
  override readonly name = 'HandshakeDenied'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
  /** The body's `detail`, the `message` of one of Fastify's own errors, or a body of plain text. */
  readonly detail: unknown
  readonly stage: DenialStage | undefined

  constructor(path: string, { status, headers, body, stage }: DenialResponse, options?: ErrorOptions) {
    const detail = detailOf(body)
    const shown = typeof detail === 'string' ? detail : JSON.stringify(detail)
    const where = stage === undefined ? '' : ` by the ${stage} stage`
    super('ERR_HANDSHAKE_DENIED', `${path} was denied with ${status}${where}: ${shown ?? 'no detail'}`, options)
    this.status = status
    this.headers = headers
    this.body = body
    this.detail = detail
    this.stage = stage
  }
}

interface ConnectionClosedOptions extends ErrorOptions {
  /** What has passed before, for the message. */
  readonly transcript?: string
}

/** The connection has ended. `cause` is what the handler threw, if that ended it. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
  /** The close code: 1005 when the close frame held none, 1006 when none arrived. */
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string, { transcript, ...options }: ConnectionClosedOptions = {}) {
    const text = `the connection was closed with ${code}${reason === '' ? '' : ` (${reason})`}`
    super(transcript === undefined ? text : `${text}\n${transcript}`, options)
    this.code = code
    this.reason = reason
  }
}

function detailOf(body: unknown): unknown {
  if (typeof body === 'string') return body === '' ? undefined : body
  if (typeof body !== 'object' || body === null) return undefined
  const { detail, message } = body as { detail?: unknown; message?: unknown }
  return detail ?? message
}
