import { isToken, splitList } from './header-fields.ts'

/**
 * Reads a `Sec-WebSocket-Protocol` header in the client's order of preference, or says `undefined` when it is
 * malformed: every name must be a token, and none may come twice (RFC 6455 section 4.1).
 */
export function parseSubprotocols(header: string): string[] | undefined {
  const names = splitList(header)
  return names.every(isToken) && new Set(names).size === names.length ? names : undefined
}

/** The first of the server's subprotocols that the client offered. Names are case-sensitive. */
export function chooseSubprotocol(supported: readonly string[], offered: readonly string[]): string | undefined {
  return supported.find((name) => offered.includes(name))
}
