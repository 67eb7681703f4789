import { createHash } from 'node:crypto'

/** The start line and headers of an HTTP message, and what came after them. */
export interface Head {
  readonly startLine: string
  /** Lower-case names; repeated headers are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly rest: Buffer
}

/** The value that answers a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2). */
export function acceptValue(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

export function formatHead(startLine: string, headers: Readonly<Record<string, string | undefined>>): Buffer {
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return Buffer.from([startLine, ...lines, '', ''].join('\r\n'))
}

/** Reads a head, or `undefined` while its end has not come. */
export function parseHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [startLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return { startLine, headers, rest: bytes.subarray(end + 4) }
}

/** Why a request is not one for an upgrade (RFC 6455 section 4.1), or `undefined`. */
export function requestObjection({ startLine, headers }: Head): string | undefined {
  if (!/^GET \/\S* HTTP\/1\.1$/.test(startLine)) return `'${startLine}' is no GET of a path`
  if (!headers.has('host')) return 'the request has no Host'
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return "the request has no 'Upgrade: websocket'"
  if (!namesUpgrade(headers.get('connection'))) return "the request has no 'Connection: Upgrade'"
  if (headers.get('sec-websocket-version') !== '13') return 'the request is not for version 13'
  const key = headers.get('sec-websocket-key') ?? ''
  return /^[+/0-9A-Za-z]{22}==$/.test(key) ? undefined : 'Sec-WebSocket-Key is not 16 bytes in base64'
}

/** Why an answer to our upgrade request is not one (RFC 6455 section 4.1), or `undefined`. */
export function answerObjection(head: Head, key: string): string | undefined {
  if (!/^HTTP\/1\.1 101( |$)/.test(head.startLine)) return `answered '${head.startLine}' instead of 101`
  if (head.headers.get('upgrade')?.toLowerCase() !== 'websocket') return "the answer has no 'Upgrade: websocket'"
  if (!namesUpgrade(head.headers.get('connection'))) return "the answer has no 'Connection: Upgrade'"
  if (head.headers.get('sec-websocket-accept') !== acceptValue(key)) return 'Sec-WebSocket-Accept is wrong'
  if (head.headers.has('sec-websocket-protocol')) return 'a subprotocol was answered although none was offered'
  return undefined
}

function namesUpgrade(connection = ''): boolean {
  return connection.split(',').some((option) => option.trim().toLowerCase() === 'upgrade')
}
