import { hash, randomBytes } from 'node:crypto'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Sixteen bytes in base64. */
const KEY = /^[0-9A-Za-z+/]{22}==$/

/** A fresh `Sec-WebSocket-Key` (RFC 6455 section 4.1). */
export function createHandshakeKey(): string {
  return randomBytes(16).toString('base64')
}

export function isHandshakeKey(text: string): boolean {
  return KEY.test(text)
}

/** The `Sec-WebSocket-Accept` that answers a key (RFC 6455 section 4.2.2). */
export function acceptValueOf(key: string): string {
  return hash('sha1', key + GUID, 'base64')
}
