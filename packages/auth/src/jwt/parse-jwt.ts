/** The parts of a signed token, before anything about it is believed. */
export interface ParsedJwt {
  readonly token: string
  readonly algorithm: string
  readonly keyId: string | undefined
  /** What is signed: header and claims, as they were sent. */
  readonly signingInput: string
  readonly claimsText: string
  readonly signature: Buffer
}

/**
 * Takes a compact JWS apart (RFC 7515, 7.1). There is one way to write each token: base64url without padding, stray bits
 * or blanks, and no name twice in the header. `undefined` means that this is none.
 */
export function parseJwt(token: string): ParsedJwt | undefined {
  const parts = COMPACT.exec(token)
  if (parts === null) return undefined
  const [, headerText = '', claimsText = '', signatureText = ''] = parts
  if (!isCanonical(headerText) || !isCanonical(claimsText) || !isCanonical(signatureText)) return undefined
  const header = parseJsonObject(headerText)
  if (header === undefined || Object.hasOwn(header, 'crit')) return undefined
  const { alg, kid } = header
  if (typeof alg !== 'string' || !isKeyId(kid)) return undefined
  return {
    token,
    algorithm: alg,
    keyId: kid,
    signingInput: token.slice(0, headerText.length + 1 + claimsText.length),
    claimsText,
    signature: Buffer.from(signatureText, 'base64url'),
  }
}

/** Reads a JSON object out of base64url. `undefined` for anything else, and for one that has a name twice. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  const json = utf8Of(text)
  if (json === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return countNames(json) === countKeys(value) ? (value as Record<string, unknown>) : undefined
}

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** The bits behind the last whole byte are zero, so that no two texts stand for the same bytes (RFC 4648, 3.5). */
function isCanonical(text: string): boolean {
  const rest = text.length % 4
  if (rest === 0) return true
  const last = ALPHABET.indexOf(text.at(-1) ?? '')
  return rest === 2 ? (last & 0b1111) === 0 : rest === 3 && (last & 0b11) === 0
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function isKeyId(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === 'string' && KEY_ID.test(kid))
}

const KEY_ID = /^[\x21-\x7e]{1,256}$/

function utf8Of(text: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(text, 'base64url'))
  } catch {
    return undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Names in the text of valid JSON: the colons outside of its strings. */
function countNames(json: string): number {
  return json.replace(STRING, '').split(':').length - 1
}

const STRING = /"(?:[^"\\]|\\.)*"/g

/** Names that are left once JSON.parse has let the last of each prevail. */
function countKeys(value: unknown): number {
  let count = 0
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    const children = Object.values(next)
    if (!Array.isArray(next)) count += children.length
    waiting.push(...children)
  }
  return count
}
