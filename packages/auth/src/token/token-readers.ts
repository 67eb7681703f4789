import type { UpgradeRequest } from '@sluice/core/ports'
import type { Presented, TokenReader } from './presented.ts'
import { readSubprotocolToken } from './subprotocol-token.ts'
import type { TokenSource } from './token-source.ts'

/**
 * Makes the reader of several sources: the first in which there is something decides, be it good or bad.
 * @param readHeader what `'header'` means for this backend
 */
export function createTokenReader(sources: readonly TokenSource[], readHeader: TokenReader): TokenReader {
  const readers = sources.flatMap((source) => readerOf(source, readHeader))
  return (request) => {
    for (const read of readers) {
      const presented = read(request)
      if (presented !== undefined) return bounded(presented)
    }
    return undefined
  }
}

/** The longest token that is looked at. */
export const LONGEST_TOKEN = 8_192

function readerOf(source: TokenSource, readHeader: TokenReader): TokenReader[] {
  if (source === 'header') return [readHeader]
  if (source === 'subprotocol') return [readSubprotocolToken]
  if (source === 'message') return []
  return 'cookie' in source ? [cookieReader(source.cookie)] : [queryReader(source.query)]
}

function bounded(presented: NonNullable<Presented>): Presented {
  return 'token' in presented && presented.token.length > LONGEST_TOKEN ? { malformed: 'too long' } : presented
}

function cookieReader(name: string): TokenReader {
  return ({ headers }) => {
    if (headers.cookie === undefined) return undefined
    const values = headers.cookie.split(';').flatMap((pair) => {
      const [key = '', ...value] = pair.split('=')
      return key.trim() === name ? [value.join('=').trim()] : []
    })
    return single(values.map(decodeCookie), `cookie ${name}`)
  }
}

/** Cookies are quoted or percent-encoded by those who set them, or neither. */
function decodeCookie(value: string): string {
  const unquoted = value.replace(/^"(.*)"$/, '$1')
  try {
    return decodeURIComponent(unquoted)
  } catch {
    return ''
  }
}

function queryReader(name: string): TokenReader {
  return ({ url }: UpgradeRequest) => {
    const start = url.indexOf('?')
    if (start === -1) return undefined
    return single(new URLSearchParams(url.slice(start + 1)).getAll(name), `query ${name}`)
  }
}

/** Two of a kind are none: which of them the client meant cannot be known. */
function single(values: readonly string[], where: string): Presented {
  const [token] = values
  if (token === undefined) return undefined
  return values.length === 1 && token !== '' ? { token } : { malformed: where }
}
