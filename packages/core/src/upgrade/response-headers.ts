import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { ExtraHeaders } from '@sluice/protocol'
import { SluiceError } from '../errors.ts'

/** Headers of the 101 that the handshake writes by itself. */
const OWNED = /^(?:sec-websocket-.*|connection|upgrade|content-length|transfer-encoding|host)$/i

/** The further headers of a 101, once each is known to be sendable. @throws SluiceError `ERR_INVALID_HEADER` */
export function checkedHeaders(given: ExtraHeaders = {}): ExtraHeaders {
  for (const [name, values] of Object.entries(given)) {
    if (OWNED.test(name)) throw new SluiceError('ERR_INVALID_HEADER', `the header '${name}' belongs to the handshake`)
    assertHeader(name, values)
  }
  return given
}

/** @throws SluiceError `ERR_INVALID_HEADER` for one that could not be sent without changing the response */
export function assertHeader(name: string, values: unknown): void {
  try {
    validateHeaderName(name)
    for (const value of [values].flat()) validateHeaderValue(name, value as string)
  } catch (error) {
    throw new SluiceError('ERR_INVALID_HEADER', `the header '${name}' is malformed`, { cause: error })
  }
}
