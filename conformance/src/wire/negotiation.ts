import type { DeflateSettings } from './deflate.ts'
import type { Head } from './handshake.ts'

/** The parameters of one permessage-deflate offer or answer (RFC 7692 section 7.1). */
export interface DeflateParameters {
  readonly serverNoContextTakeover?: boolean
  readonly clientNoContextTakeover?: boolean
  readonly serverMaxWindowBits?: number
  /** `true` is the parameter without a value, legal in an offer only. */
  readonly clientMaxWindowBits?: number | true
}

/** How both directions compress. */
export interface Agreement {
  readonly fromClient: DeflateSettings
  readonly fromServer: DeflateSettings
}

export const DEFLATE = 'permessage-deflate'

export function formatExtension(parameters: DeflateParameters): string {
  const parts: string[] = [DEFLATE]
  if (parameters.serverNoContextTakeover) parts.push('server_no_context_takeover')
  if (parameters.clientNoContextTakeover) parts.push('client_no_context_takeover')
  if (parameters.serverMaxWindowBits) parts.push(`server_max_window_bits=${parameters.serverMaxWindowBits}`)
  if (parameters.clientMaxWindowBits === true) parts.push('client_max_window_bits')
  else if (parameters.clientMaxWindowBits) parts.push(`client_max_window_bits=${parameters.clientMaxWindowBits}`)
  return parts.join('; ')
}

/**
 * Reads the `Sec-WebSocket-Extensions` of a request or an answer; none are no elements.
 * @throws Error on another extension, an unknown, repeated or ill-valued parameter (RFC 7692 section 7.1)
 */
export function parseExtensions(head: Head): DeflateParameters[] {
  const header = head.headers.get('sec-websocket-extensions')
  return header === undefined ? [] : header.split(',').map(parseElement)
}

/**
 * What a server's answer means for both directions.
 * @throws Error when the answer grants what no offer asked for or withholds what it asked for (RFC 7692 section 7.1)
 */
export function agree(offers: readonly DeflateParameters[], answer: DeflateParameters): Agreement {
  if (answer.clientMaxWindowBits === true) throw new Error('client_max_window_bits in the answer has no value')
  const objections = offers.map((offer) => objection(offer, answer))
  if (!objections.includes(undefined)) throw new Error(objections.join('; '))
  return {
    fromClient: {
      windowBits: answer.clientMaxWindowBits ?? 15,
      contextTakeover: answer.clientNoContextTakeover !== true,
    },
    fromServer: {
      windowBits: answer.serverMaxWindowBits ?? 15,
      contextTakeover: answer.serverNoContextTakeover !== true,
    },
  }
}

function objection(offer: DeflateParameters, answer: DeflateParameters): string | undefined {
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) {
    return 'the answer lacks server_no_context_takeover, which was asked for'
  }
  if (offer.serverMaxWindowBits !== undefined && (answer.serverMaxWindowBits ?? 15) > offer.serverMaxWindowBits) {
    return `the answer allows the server a window of ${answer.serverMaxWindowBits ?? 15} bits, offered were ${offer.serverMaxWindowBits}`
  }
  if (answer.clientMaxWindowBits !== undefined && offer.clientMaxWindowBits === undefined) {
    return 'the answer holds client_max_window_bits, which was not offered'
  }
  if (
    Number(answer.clientMaxWindowBits) > (offer.clientMaxWindowBits === true ? 15 : (offer.clientMaxWindowBits ?? 15))
  ) {
    return 'client_max_window_bits in the answer is greater than offered'
  }
  return undefined
}

function parseElement(element: string): DeflateParameters {
  const [name, ...rest] = element.split(';').map((part) => part.trim())
  if (name !== DEFLATE) throw new Error(`extension '${name}' is not ${DEFLATE}`)
  const values = new Map<string, string | true>()
  for (const part of rest) {
    const [key = '', value] = part.split('=')
    if (values.has(key)) throw new Error(`parameter '${key}' comes twice`)
    values.set(key, value ?? true)
  }
  const parameters: { -readonly [Name in keyof DeflateParameters]: DeflateParameters[Name] } = {}
  for (const [key, value] of values) {
    if (key === 'server_no_context_takeover' && value === true) parameters.serverNoContextTakeover = true
    else if (key === 'client_no_context_takeover' && value === true) parameters.clientNoContextTakeover = true
    else if (key === 'server_max_window_bits' && value !== true) parameters.serverMaxWindowBits = parseBits(value)
    else if (key === 'client_max_window_bits') parameters.clientMaxWindowBits = value === true || parseBits(value)
    else throw new Error(`parameter '${key}' with value '${value}' is not permitted`)
  }
  return parameters
}

function parseBits(value: string): number {
  if (!/^([89]|1[0-5])$/.test(value)) throw new Error(`window bits '${value}' are not 8 to 15`)
  return Number(value)
}
