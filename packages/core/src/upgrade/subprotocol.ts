/** The names of a `Sec-WebSocket-Protocol` header, in the client's order of preference, or null if it is malformed (RFC 6455 section 4.1). */
export function parseSubprotocols(header: string | undefined): readonly string[] | null {
  if (header === undefined) return []
  const names = header.split(',').map((name) => name.trim())
  const isValid = names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length
  return isValid ? names : null
}

/** The server's first preference among those that the client offered. Names are case-sensitive. */
export function chooseSubprotocol(preferences: readonly string[], offered: readonly string[]): string | null {
  return preferences.find((name) => offered.includes(name)) ?? null
}

/** A token of RFC 9110 section 5.6.2. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
