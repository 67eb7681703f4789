import type { IncomingMessage } from 'node:http'
import { createDenial, type Denial } from '../security/denial.ts'

/** Checks that an upgrade request is one that RFC 6455 section 4.2.1 lets a server accept. */
export function checkUpgrade(request: IncomingMessage): Denial | null {
  const { headers } = request
  if (request.httpVersionMajor === 1 && request.httpVersionMinor < 1) return invalid('HTTP/1.1 is required')
  if (!hasToken(headers.upgrade, 'websocket') || !hasToken(headers.connection, 'upgrade')) return upgradeRequired()
  if (count(request, 'host') !== 1) return invalid('Exactly one Host header is required')
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
    return invalid('No body is allowed')
  if (headers['sec-websocket-version'] !== '13') return upgradeRequired()
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) return invalid('Invalid Sec-WebSocket-Key header')
  return null
}

/** The answer to a request on a WebSocket route that is no upgrade to version 13. */
export function upgradeRequired(): Denial {
  const headers = { upgrade: 'websocket', 'sec-websocket-version': '13' }
  return createDenial('ERR_UPGRADE_REQUIRED', { headers })
}

/** Base64 of 16 bytes. */
const KEY = /^[+/0-9A-Za-z]{22}==$/

function invalid(detail: string): Denial {
  return createDenial('ERR_INVALID_UPGRADE', { detail })
}

function hasToken(list: string | undefined, token: string): boolean {
  return list?.split(',').some((element) => element.trim().toLowerCase() === token) ?? false
}

function count(request: IncomingMessage, name: string): number {
  let found = 0
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === name) found++
  }
  return found
}
