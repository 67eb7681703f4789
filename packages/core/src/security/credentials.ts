import type { AuthBackend } from './ports.ts'

/** The offered subprotocols that no backend takes for credentials: what may be negotiated, and may be echoed. */
export function withoutCredentials(
  backends: readonly AuthBackend[],
  subprotocols: readonly string[],
): readonly string[] {
  return backends.reduce((offered, backend) => backend.withoutCredentials?.(offered) ?? offered, subprotocols)
}

/** The query parameters of all backends that hold credentials. */
export function secretQueryParams(backends: readonly AuthBackend[]): ReadonlySet<string> {
  return new Set(backends.flatMap((backend) => backend.secretQueryParams ?? []))
}

/** The headers that hold credentials: those that always do, and those of all backends. */
export function secretHeaders(backends: readonly AuthBackend[]): ReadonlySet<string> {
  return new Set([...SECRET_HEADERS, ...backends.flatMap((backend) => backend.secretHeaders ?? [])])
}

const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'sec-websocket-protocol']

/** An address that can be logged: the values of secret query parameters are gone, however their names are encoded. */
export function redactUrl(url: string, secret: ReadonlySet<string>): string {
  const start = url.indexOf('?')
  if (start === -1 || secret.size === 0) return url
  const pairs = url.slice(start + 1).split('&')
  return `${url.slice(0, start)}?${pairs.map((pair) => redactPair(pair, secret)).join('&')}`
}

function redactPair(pair: string, secret: ReadonlySet<string>): string {
  const [name = ''] = pair.split('=', 1)
  const [decoded = ''] = new URLSearchParams(pair).keys()
  return secret.has(decoded) ? `${name}=redacted` : pair
}
