import { type Extension, formatExtensions, parseExtensions } from './extensions.ts'
import { acceptValueOf } from './handshake-key.ts'
import { type ExtraHeaders, formatExtraHeaders, groupFields, isToken, listContains } from './header-fields.ts'

/** What to ask of a server. */
export interface UpgradeRequestOptions {
  /** Host, and the port where it is not the scheme's own. */
  readonly host: string
  /** Path and query. */
  readonly target: string
  /** From `createHandshakeKey`. */
  readonly key: string
  /** In order of preference. */
  readonly subprotocols?: readonly string[]
  readonly extensions?: readonly Extension[]
  /** Such as `Origin` or `Authorization`. May not name a header that the handshake itself sets. */
  readonly headers?: ExtraHeaders
}

/**
 * The upgrade request, complete with its empty line (RFC 6455 section 4.1). Each character is one byte on the wire.
 *
 * @throws TypeError When a part could not be sent without changing the request.
 */
export function formatUpgradeRequest(request: UpgradeRequestOptions): string {
  const { host, target, key, subprotocols = [], extensions = [], headers = {} } = request
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw new TypeError('The target is not a path')
  if (!/^[\x21-\x7e]+$/.test(host)) throw new TypeError('The host is malformed')
  if (!subprotocols.every(isToken)) throw new TypeError('A subprotocol is not a token')
  return (
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n` +
    (subprotocols.length === 0 ? '' : `Sec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n`) +
    (extensions.length === 0 ? '' : `Sec-WebSocket-Extensions: ${formatExtensions(extensions)}\r\n`) +
    `${formatExtraHeaders(headers)}\r\n`
  )
}

/** The head of the response. An `IncomingMessage` of node:http is one. */
export interface UpgradeResponseHead {
  readonly statusCode?: number | undefined
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
}

/** What both sides agreed on. The parameters of the extensions are for each extension to check. */
export interface UpgradeAgreement {
  readonly subprotocol: string | undefined
  readonly extensions: readonly Extension[]
}

export type UpgradeResponseVerdict =
  | { readonly ok: true; readonly agreement: UpgradeAgreement }
  | { readonly ok: false; readonly reason: string }

/** Checks the server's answer to a request (RFC 6455 section 4.1): nothing may be agreed that was not offered. */
export function checkUpgradeResponse(
  response: UpgradeResponseHead,
  { key, subprotocols = [], extensions = [] }: Pick<UpgradeRequestOptions, 'key' | 'subprotocols' | 'extensions'>,
): UpgradeResponseVerdict {
  const fields = groupFields(response.rawHeaders)
  const values = (name: string): readonly string[] => fields.get(name) ?? []

  if (response.statusCode !== 101) return fail('The status is not 101')
  if (values('upgrade').join().toLowerCase() !== 'websocket') return fail('The Upgrade header is not websocket')
  if (!listContains(values('connection'), 'upgrade')) return fail('The Connection header does not name upgrade')
  if (values('sec-websocket-accept').join() !== acceptValueOf(key)) return fail('The Sec-WebSocket-Accept is wrong')

  const [subprotocol, ...moreSubprotocols] = values('sec-websocket-protocol')
  const isOffered = subprotocol === undefined || subprotocols.includes(subprotocol)
  if (!isOffered || moreSubprotocols.length > 0) return fail('The subprotocol was not offered')

  const header = values('sec-websocket-extensions')
  const agreed = header.length === 0 ? [] : parseExtensions(header.join())
  if (agreed === undefined) return fail('The Sec-WebSocket-Extensions header is malformed')
  const offeredNames = new Set(extensions.map(({ name }) => name))
  if (!agreed.every(({ name }) => offeredNames.has(name))) return fail('An extension was not offered')
  return { ok: true, agreement: { subprotocol, extensions: agreed } }
}

function fail(reason: string): UpgradeResponseVerdict {
  return { ok: false, reason }
}
