import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { checkUpgradeResponse } from '@sluice/protocol'
import { TestClientError } from './errors.ts'
import type { UpgradeRequest } from './upgrade-request.ts'

/** What the server answered: a 101, or any other response. */
export type UpgradeAnswer = Upgraded | Denied

export interface Upgraded {
  readonly kind: 'upgraded'
  readonly socket: Duplex
  /** Bytes that came with the 101. */
  readonly head: Buffer
  readonly headers: IncomingHttpHeaders
  readonly subprotocol: string | null
}

export interface Denied {
  readonly kind: 'denied'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/**
 * Sends an upgrade request over a stream and reads the answer, with Node's own HTTP client.
 * @throws TestClientError `ERR_INVALID_HANDSHAKE`, `ERR_NO_RESPONSE`
 */
export async function requestUpgrade(socket: Duplex, { target, headers }: UpgradeRequest): Promise<UpgradeAnswer> {
  const outgoing = request({ createConnection: () => socket, path: target, headers })
  const answer = await answerOf(outgoing)
  if (answer.head === null) return readDenial(answer.response)

  const verdict = checkUpgradeResponse(answer.response, {
    key: String(headers['sec-websocket-key']),
    subprotocols: String(headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/),
  })
  if (!verdict.ok) throw new TestClientError('ERR_INVALID_HANDSHAKE', `the 101 is wrong: ${verdict.reason}`)
  const subprotocol = verdict.agreement.subprotocol ?? null
  return { kind: 'upgraded', socket, head: answer.head, headers: answer.response.headers, subprotocol }
}

interface RawAnswer {
  readonly response: IncomingMessage
  /** `null` unless the connection was upgraded. */
  readonly head: Buffer | null
}

function answerOf(outgoing: ClientRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    outgoing.on('upgrade', (response, _socket, head) => resolve({ response, head }))
    outgoing.on('response', (response) => resolve({ response, head: null }))
    outgoing.on('error', (error) => reject(noResponse(error)))
    outgoing.end()
  })
}

async function readDenial(response: IncomingMessage): Promise<Denied> {
  const text = (await buffer(response)).toString()
  const { statusCode: status = 0, headers } = response
  return { kind: 'denied', status, headers, body: parseBody(text, headers['content-type']) }
}

function parseBody(text: string, contentType = ''): unknown {
  if (!/[/+]json\b/.test(contentType)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function noResponse(cause: Error): TestClientError {
  return new TestClientError('ERR_NO_RESPONSE', `the stream ended before an answer: ${cause.message}`, { cause })
}
