/**
 * Reads a serialised origin (RFC 6454, 6.1) into one spelling: scheme and host in lower case, a default port left out.
 * `undefined` means that no browser writes such an origin: a path, a trailing slash or dot, a user name, several values.
 */
export function parseOrigin(text: string): string | undefined {
  if (text.length > LONGEST_ORIGIN) return undefined
  const origin = text.toLowerCase()
  if (origin === 'null' || origin === 'file://') return origin
  const parts = ORIGIN.exec(origin)
  if (parts === null) return undefined
  const [, scheme = '', host = '', port] = parts
  if (port === undefined) return origin
  if (port === DEFAULT_PORTS[scheme]) return `${scheme}://${host}`
  return Number(port) <= 65535 ? origin : undefined
}

/** A scheme, 253 characters of host, a port: nothing longer is an origin. */
const LONGEST_ORIGIN = 300

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9][0-9]{0,4}))?$/

const DEFAULT_PORTS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  http: '80',
  https: '443',
})
