import { SluiceError } from '@sluice/core/ports'

/**
 * Where a client may put its credentials. Browsers can set no header on a WebSocket: they have the cookie, the
 * subprotocol, the query string (which ends up in logs) and the first message after the 101.
 */
export type TokenSource =
  | 'header'
  | 'subprotocol'
  | 'message'
  | { readonly cookie: string }
  | { readonly query: string }

/**
 * Checks a list of sources, in the order in which they are looked at.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function resolveSources(given: readonly TokenSource[]): readonly TokenSource[] {
  if (!Array.isArray(given) || given.length === 0) throw invalid('sources must be a list of at least one source', given)
  for (const source of given as readonly unknown[]) {
    if (!isTokenSource(source))
      throw invalid("sources: give 'header', 'subprotocol', 'message', { cookie } or { query }", source)
  }
  return Object.freeze([...given])
}

/** The names given to the sources of one kind. */
export function sourceNames(sources: readonly TokenSource[], kind: 'cookie' | 'query'): string[] {
  return sources.flatMap((source) => {
    if (typeof source === 'string') return []
    const name = (source as Partial<Record<'cookie' | 'query', string>>)[kind]
    return name === undefined ? [] : [name]
  })
}

function isTokenSource(source: unknown): source is TokenSource {
  if (source === 'header' || source === 'subprotocol' || source === 'message') return true
  if (typeof source !== 'object' || source === null) return false
  const [entry, ...rest] = Object.entries(source)
  if (entry === undefined || rest.length > 0) return false
  const [kind, name] = entry
  return (kind === 'cookie' || kind === 'query') && typeof name === 'string' && name !== ''
}

function invalid(rule: string, given: unknown): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `${rule}, got ${JSON.stringify(given) ?? String(given)}`)
}
