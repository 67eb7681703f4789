import { type Extension, formatExtensions, parseExtensions } from './extensions.ts'
import { acceptValueOf, isHandshakeKey } from './handshake-key.ts'
import { type ExtraHeaders, formatExtraHeaders, groupFields, isToken, listContains } from './header-fields.ts'
import { parseSubprotocols } from './subprotocols.ts'

/** The head of an upgrade request. An `IncomingMessage` of node:http is one. */
export interface UpgradeRequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
}

/** What the client offers. */
export interface UpgradeOffer {
  readonly key: string
  /** In the client's order of preference. */
  readonly subprotocols: readonly string[]
  readonly extensions: readonly Extension[]
}

/** Why a request cannot become a WebSocket: the HTTP status, a sentence, and the headers that go with it. */
export interface UpgradeDenial {
  readonly status: 400 | 426
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
}

export type UpgradeRequestVerdict =
  | { readonly ok: true; readonly offer: UpgradeOffer }
  | { readonly ok: false; readonly denial: UpgradeDenial }

/** Checks everything that RFC 6455 section 4.2.1 asks of a client's opening handshake. */
export function checkUpgradeRequest(request: UpgradeRequestHead): UpgradeRequestVerdict {
  const fields = groupFields(request.rawHeaders)
  const values = (name: string): readonly string[] => fields.get(name) ?? []

  if (request.method !== 'GET') return deny('The method is not GET')
  if (!(Number(request.httpVersion) >= 1.1)) return deny('The HTTP version is older than 1.1')
  if (values('host').length !== 1 || values('host')[0] === '') return deny('There must be one Host header')
  if (!isTargetOf(request.url ?? '', values('host')[0] as string)) return deny('The target is not of this host')
  if (fields.has('content-length') || fields.has('transfer-encoding')) return deny('An upgrade request has no body')
  if (!listContains(values('upgrade'), 'websocket')) return demandUpgrade('The Upgrade header does not name websocket')
  if (!listContains(values('connection'), 'upgrade'))
    return demandUpgrade('The Connection header does not name upgrade')
  if (values('sec-websocket-version').join() !== '13') return demandUpgrade('The version is not 13')

  const [key = '', ...moreKeys] = values('sec-websocket-key')
  if (moreKeys.length > 0 || !isHandshakeKey(key)) return deny('There must be one Sec-WebSocket-Key of 16 bytes')
  const subprotocols = parseList(values('sec-websocket-protocol'), parseSubprotocols)
  if (subprotocols === undefined) return deny('The Sec-WebSocket-Protocol header is malformed')
  const extensions = parseList(values('sec-websocket-extensions'), parseExtensions)
  if (extensions === undefined) return deny('The Sec-WebSocket-Extensions header is malformed')
  return { ok: true, offer: { key, subprotocols, extensions } }
}

/** What the server answers. */
export interface UpgradeAnswer {
  readonly key: string
  readonly subprotocol?: string | undefined
  readonly extensions?: readonly Extension[]
  /** May not name a header that the handshake itself sets. */
  readonly headers?: ExtraHeaders
}

/**
 * The 101 response, complete with its empty line (RFC 6455 section 4.2.2). Each character is one byte on the wire.
 *
 * @throws TypeError When the subprotocol or a header could not be sent without changing the response.
 */
export function formatUpgradeResponse({ key, subprotocol, extensions = [], headers = {} }: UpgradeAnswer): string {
  if (subprotocol !== undefined && !isToken(subprotocol)) throw new TypeError('The subprotocol is not a token')
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptValueOf(key)}\r\n` +
    (subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`) +
    (extensions.length === 0 ? '' : `Sec-WebSocket-Extensions: ${formatExtensions(extensions)}\r\n`) +
    `${formatExtraHeaders(headers)}\r\n`
  )
}

function deny(reason: string): UpgradeRequestVerdict {
  return { ok: false, denial: { status: 400, reason, headers: {} } }
}

/** RFC 6455 section 4.4, and RFC 9110 section 15.5.22: a 426 says what to upgrade to. */
function demandUpgrade(reason: string): UpgradeRequestVerdict {
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
  return { ok: false, denial: { status: 426, reason, headers } }
}

/** A path is of any host; a target in absolute form must name the one in the Host header (RFC 9112 section 3.2.2). */
function isTargetOf(target: string, host: string): boolean {
  if (target.startsWith('/')) return true
  const url = URL.parse(target)
  return url !== null && url.host !== '' && url.host === URL.parse(`${url.protocol}//${host}`)?.host
}

/** A header that is absent is an empty list; one that is present must not be empty. */
function parseList<Item>(values: readonly string[], parse: (header: string) => Item[] | undefined): Item[] | undefined {
  return values.length === 0 ? [] : parse(values.join())
}
