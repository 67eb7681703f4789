import { parseAuthMessage, redactUrl, secretQueryParams, withoutCredentials } from '@sluice/core/internal'
import type { AuthBackend } from '@sluice/core/ports'
import { REDACTED, type RecordedHeaders } from './recording.ts'

/** Redacts a target: the query parameters that a backend reads, and those that are named like a secret. */
export function redactTarget(target: string, backends: readonly AuthBackend[]): string {
  const names = [...new URL(target, 'http://localhost').searchParams.keys()]
  return redactUrl(target, new Set([...secretQueryParams(backends), ...names.filter((name) => SECRET_NAME.test(name))]))
}

/** Keeps the values of headers that are known to hold no secret, and the names alone of all others. */
export function redactHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  backends: readonly AuthBackend[],
): RecordedHeaders {
  const kept: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || CHANGING.has(name)) continue
    if (name === PROTOCOL) kept[name] = redactSubprotocols([value].flat().join(','), backends)
    else kept[name] = HARMLESS.has(name) ? value : REDACTED
  }
  return kept
}

/** Redacts the token of an authentication message. */
export function redactMessage(text: string): string {
  return parseAuthMessage(text) === undefined ? text : JSON.stringify({ type: 'auth', token: REDACTED })
}

function redactSubprotocols(header: string, backends: readonly AuthBackend[]): string {
  const offered = header.split(',').map((name) => name.trim())
  const safe = new Set(withoutCredentials(backends, offered))
  return offered
    .map((name, index) => {
      const isSecret = !safe.has(name) || name.length > LONGEST_NAME || offered[index - 1]?.toLowerCase() === 'bearer'
      return isSecret ? REDACTED : name
    })
    .join(', ')
}

const PROTOCOL = 'sec-websocket-protocol'

/** A name that is longer is none, but a token that no backend of this route knows. */
const LONGEST_NAME = 32

const SECRET_NAME = /token|ticket|key|secret|pass|auth|session|signature|jwt|code/i

/** They differ each time, and say nothing. */
const CHANGING: ReadonlySet<string> = new Set(['date', 'sec-websocket-accept', 'sec-websocket-key'])

const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'connection',
  'content-length',
  'content-type',
  'host',
  'origin',
  'retry-after',
  'sec-websocket-extensions',
  'sec-websocket-version',
  'upgrade',
  'user-agent',
  'vary',
  'www-authenticate',
])
