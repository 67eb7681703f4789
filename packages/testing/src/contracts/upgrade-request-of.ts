import type { UpgradeRequest } from '@sluice/core/ports'

/** What a request brings along; all else is that of a browserless client on this machine. */
export interface RequestParts {
  /** @default '/ws' */
  readonly url?: string
  /** Names in lower case. Several values are several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** An upgrade request as the handshake hands it to backends and guards, frozen: none of them may alter it. */
export function upgradeRequestOf({ url = '/ws', headers = {} }: RequestParts): UpgradeRequest {
  const lines = Object.entries({ host: 'localhost', ...headers }).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
  return Object.freeze({
    method: 'GET',
    url,
    headers: Object.freeze(joined(lines)),
    ip: '127.0.0.1',
    host: 'localhost',
    protocol: 'http',
    raw: Object.freeze({ rawHeaders: Object.freeze(lines.flat()) }),
  })
}

/** As node:http does it: of some headers the first line counts, the others are joined. */
function joined(lines: readonly [name: string, value: string][]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of lines) {
    if (!(name in headers)) headers[name] = value
    else if (name === 'cookie') headers[name] += `; ${value}`
    else if (!FIRST_COUNTS.has(name)) headers[name] += `, ${value}`
  }
  return headers
}

const FIRST_COUNTS: ReadonlySet<string> = new Set(['authorization', 'host', 'user-agent'])
