/** Every way in which Sluice denies a handshake: the HTTP status, the public text, and the close code of `denial: 'close'`. */
export const DENIALS = {
  ERR_INVALID_UPGRADE: { status: 400, text: 'Invalid WebSocket upgrade', closeCode: 4400 },
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
  ERR_INTERNAL: { status: 500, text: 'Internal server error', closeCode: 1011 },
} as const satisfies Record<string, { status: number; text: string; closeCode: number }>

export type DenialCode = keyof typeof DENIALS

/** One denied handshake, as a value. `detail` is what the peer reads. */
export interface Denial {
  readonly code: DenialCode
  readonly status: number
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** Makes the denial of a code, with the catalogue's status and text unless told otherwise. */
export function createDenial(code: DenialCode, overrides: Partial<Omit<Denial, 'code'>> = {}): Denial {
  return { code, status: DENIALS[code].status, detail: DENIALS[code].text, headers: {}, ...overrides }
}
