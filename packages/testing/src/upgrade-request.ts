import { createHandshakeKey } from '@sluice/protocol'
import { TestClientError } from './errors.ts'
import type { TestClientSettings } from './options.ts'

/** An upgrade request as it goes out. Header names in lower case. */
export interface UpgradeRequest {
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[]>>
}

/** Makes the upgrade request for a path. @throws TestClientError `ERR_INVALID_OPTION` for a path that does not begin with a slash */
export function createUpgradeRequest(path: string, settings: TestClientSettings): UpgradeRequest {
  return { target: targetOf(path, settings.query), headers: headersOf(settings) }
}

function targetOf(path: string, query: TestClientSettings['query']): string {
  if (!path.startsWith('/'))
    throw new TestClientError('ERR_INVALID_OPTION', `the path must begin with '/', got '${path}'`)
  const search = typeof query === 'string' ? query.replace(/^\?/, '') : toSearchParams(query).toString()
  const separator = path.includes('?') ? '&' : '?'
  return encodeUnsafe(search === '' ? path : path + separator + search)
}

function toSearchParams(query: Exclude<TestClientSettings['query'], string>): URLSearchParams {
  if (query instanceof URLSearchParams) return query
  const params = new URLSearchParams()
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) params.append(name, String(value))
  }
  return params
}

/** Encodes what may not stand in a request line, as a browser does, and leaves everything else as the test wrote it. */
function encodeUnsafe(target: string): string {
  return target.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function headersOf({ headers, origin, cookies, subprotocols }: TestClientSettings): UpgradeRequest['headers'] {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const result: Record<string, string | string[]> = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': createHandshakeKey(),
    ...(origin !== undefined && { origin }),
    ...(subprotocols.length > 0 && { 'sec-websocket-protocol': subprotocols.join(', ') }),
  }
  for (const [name, value] of Object.entries(headers)) {
    result[name.toLowerCase()] = typeof value === 'string' ? value : [...value]
  }
  if (cookie.length > 0) result.cookie = [result.cookie ?? [], cookie].flat(2).join('; ')
  return result
}
