import { validateHeaderName, validateHeaderValue } from 'node:http'
import { SluiceError } from '../errors.ts'

/** Headers of the 101 that the handshake writes by itself. */
const OWNED = /^(?:sec-websocket-.*|connection|upgrade|content-length|transfer-encoding)$/i

/** The further headers of a 101 as lines, one for each value. @throws SluiceError `ERR_INVALID_HEADER` */
export function resolveResponseHeaders(
  given: Readonly<Record<string, string | readonly string[]>> = {},
): readonly (readonly [string, string])[] {
  const lines: [string, string][] = []
  for (const [name, values] of Object.entries(given)) {
    if (OWNED.test(name)) throw new SluiceError('ERR_INVALID_HEADER', `the header '${name}' belongs to the handshake`)
    for (const value of typeof values === 'string' ? [values] : values) {
      try {
        validateHeaderName(name)
        validateHeaderValue(name, value)
      } catch (error) {
        throw new SluiceError('ERR_INVALID_HEADER', `the header '${name}' is malformed`, { cause: error })
      }
      lines.push([name, value])
    }
  }
  return lines
}
