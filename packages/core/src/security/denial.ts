import { STATUS_CODES } from 'node:http'
import { HttpDenial } from '../errors.ts'

/** Every way in which Sluice denies a handshake: the HTTP status, the public text, and the close code of `denial: 'close'`. */
export const DENIALS = {
  ERR_INVALID_UPGRADE: { status: 400, text: 'Invalid WebSocket upgrade', closeCode: 4400 },
  ERR_QUERY_TOO_LARGE: { status: 414, text: 'Query too large', closeCode: 4414 },
  ERR_UPGRADE_REQUIRED: { status: 426, text: 'Upgrade required', closeCode: 4400 },
  ERR_SHUTTING_DOWN: { status: 503, text: 'Server is shutting down', closeCode: 4503 },
  ERR_ORIGIN_NOT_ALLOWED: { status: 403, text: 'Origin not allowed', closeCode: 4403 },
  ERR_RATE_LIMITED: { status: 429, text: 'Rate limit exceeded', closeCode: 4429 },
  ERR_TOO_MANY_CONNECTIONS: { status: 503, text: 'Too many WebSocket connections', closeCode: 4503 },
  ERR_TOO_MANY_USER_CONNECTIONS: { status: 429, text: 'Too many connections', closeCode: 4429 },
  ERR_NOT_AUTHENTICATED: { status: 401, text: 'Authentication required', closeCode: 4401 },
  ERR_PERMISSION_DENIED: { status: 403, text: 'Permission denied', closeCode: 4403 },
  ERR_INVALID_PARAMS: { status: 422, text: 'Invalid parameters', closeCode: 4422 },
  ERR_SUBPROTOCOL_REQUIRED: { status: 400, text: 'Subprotocol required', closeCode: 4400 },
  ERR_HANDSHAKE_TIMEOUT: { status: 503, text: 'Handshake timed out', closeCode: 4408 },
  ERR_HANDLER_DENIED: { status: 403, text: 'Forbidden', closeCode: 4403 },
  ERR_UNAVAILABLE: { status: 503, text: 'Service unavailable', closeCode: 1013 },
  ERR_INTERNAL: { status: 500, text: 'Internal server error', closeCode: 1011 },
} as const satisfies Record<string, { status: number; text: string; closeCode: number }>

export type DenialCode = keyof typeof DENIALS

/** One denied handshake, as a value. `detail` is what the peer reads. */
export interface Denial {
  readonly code: DenialCode
  readonly status: number
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>
  /** Why, for the log: a short text or what was thrown. Never sent. */
  readonly cause?: unknown
}

/** Makes the denial of a code, with the catalogue's status and text unless told otherwise. */
export function createDenial(code: DenialCode, overrides: Partial<Omit<Denial, 'code'>> = {}): Denial {
  return { code, status: DENIALS[code].status, detail: DENIALS[code].text, headers: NO_HEADERS, ...overrides }
}

/** How a denial is told by a close frame. */
export function closingOf({ code, detail }: Denial): { readonly code: number; readonly reason: string } {
  const { closeCode, text } = DENIALS[code]
  return { code: closeCode, reason: typeof detail === 'string' ? detail : text }
}

/** Whether a value that user code returned is a denial that can be sent. */
export function isDenial(value: unknown): value is Denial {
  if (typeof value !== 'object' || value === null) return false
  const { code, status, headers, detail } = value as Partial<Denial>
  const isKnown = typeof code === 'string' && Object.hasOwn(DENIALS, code)
  return isKnown && isErrorStatus(status) && isHeaders(headers) && obstacleTo(detail, headers) === undefined
}

/** A denial on its way out of code that can only throw, such as the reading of a bad param. */
export class DenialError extends Error {
  override readonly name = 'DenialError'
  readonly denial: Denial

  constructor(denial: Denial) {
    super(`Handshake denied: ${denial.code}`)
    this.denial = denial
  }
}

/**
 * The denial for something that user code threw before the 101. An HTTP error keeps its status, and below 500 its text;
 * anything else is a 500 that tells the peer nothing.
 */
export function denialOfError(error: unknown): Denial {
  if (error instanceof DenialError) return error.denial
  if (error instanceof HttpDenial) {
    const { status, detail = STATUS_CODES[status], headers } = error
    const obstacle = obstacleTo(detail, headers)
    if (obstacle !== undefined) return createDenial('ERR_INTERNAL', { cause: obstacle })
    return createDenial(codeOfStatus(status), { status, detail, headers, cause: error })
  }
  const status = statusCodeOf(error)
  if (status === undefined) return createDenial('ERR_INTERNAL', { cause: error })
  const detail = status < 500 && error instanceof Error ? error.message : STATUS_CODES[status]
  return createDenial(codeOfStatus(status), { status, detail, cause: error })
}

/** Why the peer cannot be told this: a header that HTTP refuses, or a value that JSON cannot hold. */
function obstacleTo(detail: unknown, headers: Denial['headers']): unknown {
  for (const [name, value] of Object.entries(headers)) {
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return new TypeError(`The header '${name}' is malformed`)
  }
  try {
    JSON.stringify(detail)
    return undefined
  } catch (error) {
    return error
  }
}

/** RFC 9110 sections 5.1 and 5.5. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function isHeaders(headers: unknown): headers is Denial['headers'] {
  return typeof headers === 'object' && headers !== null
}

const NO_HEADERS: Denial['headers'] = Object.freeze({})

const CODE_OF_STATUS: ReadonlyMap<number, DenialCode> = new Map([
  [401, 'ERR_NOT_AUTHENTICATED'],
  [403, 'ERR_PERMISSION_DENIED'],
  [422, 'ERR_INVALID_PARAMS'],
  [429, 'ERR_RATE_LIMITED'],
  [503, 'ERR_UNAVAILABLE'],
])

function codeOfStatus(status: number): DenialCode {
  return CODE_OF_STATUS.get(status) ?? (status < 500 ? 'ERR_HANDLER_DENIED' : 'ERR_INTERNAL')
}

/** The property by which Fastify knows an HTTP error. */
function statusCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined
  return isErrorStatus(error.statusCode) ? error.statusCode : undefined
}

function isErrorStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599
}
