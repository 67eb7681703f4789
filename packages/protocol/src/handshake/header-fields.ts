/** Headers to add to an opening handshake. */
export type ExtraHeaders = Readonly<Record<string, string | readonly string[]>>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const OWNED_NAMES = /^(?:connection|content-length|host|transfer-encoding|upgrade|sec-websocket-.*)$/i

/** Whether the text is a token (RFC 9110 section 5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Header fields by their lower-case name, each with the values of all its lines. They come from the list of names and
 * values that node:http keeps, for its `headers` object joins or drops repeated lines.
 */
export function groupFields(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase()
    const value = rawHeaders[index + 1] as string
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return fields
}

/** Whether a comma-separated list contains a token, whatever its case. */
export function listContains(values: readonly string[] = [], token: string): boolean {
  return splitList(values.join()).some((item) => item.toLowerCase() === token)
}

/** The items of a comma-separated list, empty ones included, without the white space around them. */
export function splitList(value: string): string[] {
  return value.split(',').map(trimWhitespace)
}

/**
 * Header lines, each with its line end.
 *
 * @throws TypeError When a name or value is malformed, or the name is one that the handshake itself sets.
 */
export function formatExtraHeaders(headers: ExtraHeaders): string {
  return Object.entries(headers)
    .flatMap(([name, values]) => [values].flat().map((value) => formatExtraHeader(name, value)))
    .join('')
}

function formatExtraHeader(name: string, value: string): string {
  if (!isToken(name)) throw new TypeError(`'${name}' is not a header name`)
  if (OWNED_NAMES.test(name)) throw new TypeError(`The handshake sets '${name}' itself`)
  if (!FIELD_VALUE.test(value)) throw new TypeError(`The value of header '${name}' contains a forbidden character`)
  return `${name}: ${value}\r\n`
}

/** Space and tab only, unlike `trim`; and no pattern, which would take quadratic time on a long run of spaces. */
function trimWhitespace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhitespace(text[start])) start++
  while (end > start && isWhitespace(text[end - 1])) end--
  return text.slice(start, end)
}

function isWhitespace(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
