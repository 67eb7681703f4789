import type { Extension } from '../handshake/extensions.ts'

const NAME = 'permessage-deflate'
const MAX_WINDOW_BITS = 15
const DEFAULT_WINDOW_BITS = 12
/** A decimal number from 8 to 15 without a leading zero (RFC 7692 section 7.1.2). */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/

/** What one endpoint wants of permessage-deflate, whichever side it is on. The defaults cost no memory while idle. */
export interface DeflatePolicy {
  /** Whether a message of the server may refer to those before it. @default false */
  readonly serverContextTakeover?: boolean
  /** Whether a message of the client may refer to those before it. @default false */
  readonly clientContextTakeover?: boolean
  /** The window of the server's compressor as a power of two, 8 to 15. @default 12 */
  readonly serverMaxWindowBits?: number
  /** The window of the client's compressor as a power of two, 8 to 15. @default 12 */
  readonly clientMaxWindowBits?: number
}

/** What both endpoints keep to. */
export type DeflateAgreement = Required<DeflatePolicy>

/** The parameters of RFC 7692 section 7.1 as they stand in an offer or a response. */
interface DeflateParameters {
  server_no_context_takeover?: true
  client_no_context_takeover?: true
  server_max_window_bits?: number
  /** `undefined` when present without a value, as in an offer it may be. */
  client_max_window_bits?: number | undefined
}

/** Server: takes the first offer that RFC 7692 lets it take, and says what to answer. The others are declined. */
export function acceptDeflate(
  offers: readonly Extension[],
  policy: DeflatePolicy = {},
): { readonly agreement: DeflateAgreement; readonly response: Extension } | undefined {
  for (const extension of offers) {
    const offer = readParameters(extension)
    if (offer !== undefined) return answer(offer, resolvePolicy(policy))
  }
  return undefined
}

/** Client: the offer to send. */
export function offerDeflate(policy: DeflatePolicy = {}): Extension {
  const wanted = resolvePolicy(policy)
  return toExtension({
    ...(wanted.serverContextTakeover ? {} : { server_no_context_takeover: true }),
    ...(wanted.clientContextTakeover ? {} : { client_no_context_takeover: true }),
    ...(wanted.serverMaxWindowBits < MAX_WINDOW_BITS ? { server_max_window_bits: wanted.serverMaxWindowBits } : {}),
    client_max_window_bits: wanted.clientMaxWindowBits < MAX_WINDOW_BITS ? wanted.clientMaxWindowBits : undefined,
  })
}

/**
 * Client: checks the server's response to the offer of the same policy. `undefined` means that the connection must
 * fail (RFC 7692 section 7.1).
 */
export function checkDeflateResponse(response: Extension, policy: DeflatePolicy = {}): DeflateAgreement | undefined {
  const parameters = readParameters(response)
  if (parameters === undefined) return undefined
  const wanted = resolvePolicy(policy)
  const { server_max_window_bits: serverBits = MAX_WINDOW_BITS } = parameters
  if (!wanted.serverContextTakeover && !parameters.server_no_context_takeover) return undefined
  if (serverBits > wanted.serverMaxWindowBits) return undefined
  const clientBits = 'client_max_window_bits' in parameters ? parameters.client_max_window_bits : MAX_WINDOW_BITS
  if (clientBits === undefined) return undefined
  return {
    serverContextTakeover: !parameters.server_no_context_takeover,
    clientContextTakeover: wanted.clientContextTakeover && !parameters.client_no_context_takeover,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: Math.min(clientBits, wanted.clientMaxWindowBits),
  }
}

/** The answer never asks for more than the offer allows, and names the client's window only when the offer did. */
function answer(offer: DeflateParameters, wanted: DeflateAgreement) {
  const isClientWindowOffered = 'client_max_window_bits' in offer
  const agreement: DeflateAgreement = {
    serverContextTakeover: wanted.serverContextTakeover && !offer.server_no_context_takeover,
    clientContextTakeover: wanted.clientContextTakeover && !offer.client_no_context_takeover,
    serverMaxWindowBits: Math.min(wanted.serverMaxWindowBits, offer.server_max_window_bits ?? MAX_WINDOW_BITS),
    clientMaxWindowBits: isClientWindowOffered
      ? Math.min(wanted.clientMaxWindowBits, offer.client_max_window_bits ?? MAX_WINDOW_BITS)
      : MAX_WINDOW_BITS,
  }
  const response = toExtension({
    ...(agreement.serverContextTakeover ? {} : { server_no_context_takeover: true }),
    ...(agreement.clientContextTakeover ? {} : { client_no_context_takeover: true }),
    ...('server_max_window_bits' in offer ? { server_max_window_bits: agreement.serverMaxWindowBits } : {}),
    ...(isClientWindowOffered ? { client_max_window_bits: agreement.clientMaxWindowBits } : {}),
  })
  return { agreement, response }
}

/** `undefined` for another extension, and for an unknown parameter, one that comes twice, or a value out of range. */
function readParameters({ name, parameters }: Extension): DeflateParameters | undefined {
  if (name !== NAME || new Set(parameters.map((parameter) => parameter.name)).size < parameters.length) return undefined
  const result: DeflateParameters = {}
  for (const { name, value } of parameters) {
    if ((name === 'server_no_context_takeover' || name === 'client_no_context_takeover') && value === undefined) {
      result[name] = true
    } else if (name === 'client_max_window_bits' && value === undefined) {
      result[name] = undefined
    } else if (
      (name === 'server_max_window_bits' || name === 'client_max_window_bits') &&
      WINDOW_BITS.test(value ?? '')
    ) {
      result[name] = Number(value)
    } else {
      return undefined
    }
  }
  return result
}

function toExtension(parameters: DeflateParameters): Extension {
  return {
    name: NAME,
    parameters: Object.entries(parameters).map(([name, value]) => ({
      name,
      value: typeof value === 'number' ? String(value) : undefined,
    })),
  }
}

function resolvePolicy({
  serverContextTakeover = false,
  clientContextTakeover = false,
  serverMaxWindowBits = DEFAULT_WINDOW_BITS,
  clientMaxWindowBits = DEFAULT_WINDOW_BITS,
}: DeflatePolicy): DeflateAgreement {
  for (const bits of [serverMaxWindowBits, clientMaxWindowBits]) {
    if (!WINDOW_BITS.test(String(bits))) throw new RangeError(`Window bits must be 8 to 15, got ${bits}`)
  }
  return { serverContextTakeover, clientContextTakeover, serverMaxWindowBits, clientMaxWindowBits }
}
