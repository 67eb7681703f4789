/** The key of RFC 6455 section 1.3. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

export type HeaderLines = readonly (readonly [name: string, value: string])[]

export interface RequestLines {
  readonly method?: string
  readonly path?: string
  readonly version?: string
  /** Put in the place of the lines with these names, in any case; an empty list leaves the line out. */
  readonly replace?: Readonly<Record<string, readonly string[]>>
  /** Added at the end. */
  readonly add?: HeaderLines
  readonly body?: string
}

const LINES: HeaderLines = [
  ['Host', 'localhost'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', KEY],
]

/** The text of an upgrade request, or of whatever a test makes of one. */
export function upgradeRequest(lines: RequestLines = {}): string {
  const { method = 'GET', path = '/ws', version = '1.1', replace = {}, add = [], body = '' } = lines
  const replaced = new Map(Object.entries(replace).map(([name, values]) => [name.toLowerCase(), values]))
  const headers = [...LINES.flatMap(([name, value]) => replacementOf(name, value, replaced)), ...add]
  const text = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${path} HTTP/${version}\r\n${text}\r\n${body}`
}

/** The text of a plain request. */
export function plainRequest(path: string, method = 'GET', add: HeaderLines = []): string {
  return upgradeRequest({
    method,
    path,
    replace: { Upgrade: [], Connection: ['close'], 'Sec-WebSocket-Version': [], 'Sec-WebSocket-Key': [] },
    add,
  })
}

function replacementOf(name: string, value: string, replaced: ReadonlyMap<string, readonly string[]>): HeaderLines {
  const values = replaced.get(name.toLowerCase()) ?? [value]
  return values.map((each) => [name, each])
}
