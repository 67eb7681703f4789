import type { UpgradeRequest } from '@sluice/core/ports'
import type { Presented } from './presented.ts'

/**
 * Reads a token from the offered subprotocols, in the spellings that browsers' code uses: the name `bearer` followed by
 * the token as the next name; `bearer.` and the token; `base64url.bearer.`, any namespace, and the token in base64url.
 */
export function readSubprotocolToken({ headers }: UpgradeRequest): Presented {
  const offered = String(headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
  const tokens = credentialsIn(offered).map(({ token }) => token)
  if (tokens.length === 0) return undefined
  const [token] = tokens
  return tokens.length === 1 && token !== undefined && token !== '' ? { token } : { malformed: 'subprotocol' }
}

/** The offered subprotocols that are no credentials. */
export function withoutSubprotocolTokens(offered: readonly string[]): readonly string[] {
  const credentials = new Set(credentialsIn(offered).flatMap(({ indexes }) => indexes))
  return offered.filter((_, index) => !credentials.has(index))
}

interface SubprotocolCredential {
  /** `undefined` when it cannot be decoded. */
  readonly token: string | undefined
  /** Its places in the offer. */
  readonly indexes: readonly number[]
}

function credentialsIn(offered: readonly string[]): SubprotocolCredential[] {
  const found: SubprotocolCredential[] = []
  for (let index = 0; index < offered.length; index++) {
    const name = offered[index] ?? ''
    if (name === 'bearer') {
      found.push({ token: offered[index + 1], indexes: [index, index + 1] })
      index++
    } else if (name.startsWith('bearer.')) {
      found.push({ token: tokenOrDecoded(name.slice('bearer.'.length)), indexes: [index] })
    } else if (name.startsWith('base64url.bearer.')) {
      found.push({ token: decode(name.slice(name.lastIndexOf('.') + 1)), indexes: [index] })
    }
  }
  return found
}

/** A token with dots, as a JWT has them, is in base64url already. */
function tokenOrDecoded(text: string): string | undefined {
  return text.includes('.') ? text : decode(text)
}

function decode(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes.toString() : undefined
}
