import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import { toJsonText } from '../connection/sendable.ts'
import { SluiceError } from '../errors.ts'
import type { Denial } from '../security/denial.ts'
import { assertHeader } from './response-headers.ts'
import type { DenyOptions } from './websocket-connection.ts'

/** The HTTP response of a denied handshake. Nothing in it keeps it from being sent. */
export interface DenialResponse {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  /** Text, bytes or a stream. */
  readonly body: unknown
}

/** The response of a denial of ours. */
export function responseOf({ status, headers, detail, code }: Denial): DenialResponse {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ detail, code }) }
}

/** The response that a handler asked for. @throws SluiceError `ERR_INVALID_STATUS`, `ERR_INVALID_HEADER`, `ERR_INVALID_PAYLOAD` */
export function denialResponse({ status = 403, headers = {}, body }: DenyOptions): DenialResponse {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new SluiceError('ERR_INVALID_STATUS', `a denial needs a status from 400 to 599, got ${String(status)}`)
  }
  for (const [name, values] of Object.entries(headers)) assertHeader(name, values)
  const given = body ?? denialBody(STATUS_CODES[status] ?? 'Denied')
  if (!isJsonValue(given)) return { status, headers, body: given }
  return { status, headers: { ...JSON_TYPE, ...headers }, body: toJsonText(given) }
}

/** What the peer reads of a denial by the handler. */
export function denialBody(detail: string): object {
  return { detail, code: 'ERR_HANDLER_DENIED' }
}

/** Sends it and ends the stream: what follows could be frames of a client that did not wait. */
export function sendDenial(reply: FastifyReply, { status, headers, body }: DenialResponse): void {
  // Whoever names an upgrade says so in Connection, too (RFC 9110 section 7.8).
  const connection = headers.upgrade === undefined ? 'close' : 'close, Upgrade'
  reply.code(status).headers(headers).header('connection', connection).send(body)
}

const JSON_TYPE = Object.freeze({ 'content-type': 'application/json; charset=utf-8' })

/** Not text, bytes or a stream, which Fastify sends as they are. */
function isJsonValue(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return typeof body !== 'string'
  return !ArrayBuffer.isView(body) && !('pipe' in body) && !('getReader' in body) && !(body instanceof Response)
}
