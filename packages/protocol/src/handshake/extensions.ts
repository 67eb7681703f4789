import { isToken } from './header-fields.ts'

/** One extension of a `Sec-WebSocket-Extensions` header: an offer in a request, an agreement in a response. */
export interface Extension {
  readonly name: string
  /** In their order; a name may come twice. */
  readonly parameters: readonly ExtensionParameter[]
}

export interface ExtensionParameter {
  readonly name: string
  /** `undefined` when the parameter has none. */
  readonly value: string | undefined
}

/** Browsers send one offer; a header with more than this many is malformed. */
const MAX_EXTENSIONS = 16
/** A name or a parameter, up to the sign behind it. Sticky, so the time is linear in the length of the header. */
const ITEM =
  /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:=[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?([;,]|$)/y

/** Reads a `Sec-WebSocket-Extensions` header (RFC 6455 section 9.1), or says `undefined` when it is malformed. */
export function parseExtensions(header: string): Extension[] | undefined {
  const extensions: Extension[] = []
  let parameters: ExtensionParameter[] | undefined
  ITEM.lastIndex = 0
  for (let match = ITEM.exec(header); match !== null; match = ITEM.exec(header)) {
    const [, name = '', token, quoted, sign] = match
    const value = token ?? quoted?.replace(/\\(.)/g, '$1')
    if (value !== undefined && !isToken(value)) return undefined
    if (parameters === undefined) {
      if (value !== undefined || extensions.length === MAX_EXTENSIONS) return undefined
      parameters = []
      extensions.push({ name, parameters })
    } else {
      parameters.push({ name, value })
    }
    if (sign === '') return extensions
    if (sign === ',') parameters = undefined
  }
  return undefined
}

/** Writes a `Sec-WebSocket-Extensions` header. */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions.map(({ name, parameters }) => [name, ...parameters.map(formatParameter)].join('; ')).join(', ')
}

function formatParameter({ name, value }: ExtensionParameter): string {
  return value === undefined ? name : `${name}=${value}`
}
