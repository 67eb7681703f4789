import { randomBytes } from 'node:crypto'
import { get, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { GATE_NAMES } from './gates.ts'

/** What the server said to an upgrade request. */
export interface HandshakeAnswer {
  readonly status: number
  /** Those that tell a denied client what to do. */
  readonly headers: Readonly<Record<string, string>>
  /** Null after a 101. */
  readonly body: unknown
}

const USER_ID = {
  querystring: {
    type: 'object',
    required: ['user_id'],
    properties: { user_id: { type: 'string', maxLength: 100 } },
  },
} as const

const GATE = {
  params: { type: 'object', properties: { gate: { type: 'string', enum: GATE_NAMES } } },
} as const

const TOLD_HEADERS = ['retry-after', 'www-authenticate'] as const

/**
 * Browsers hide the answer to a failed handshake from the page that asked for it. So the page asks here, and the demo asks itself:
 * it makes the same handshake, over a socket of its own, and tells what came back.
 */
export async function handshake(app: FastifyInstance): Promise<void> {
  app.get<{ Querystring: { user_id: string } }>('/handshake', { schema: USER_ID }, async ({ query, socket }) => {
    // As a URL, because a browser resolves segments like '..' before it asks.
    const { pathname } = new URL(`/ws/user/${encodeURIComponent(query.user_id)}`, 'http://localhost')
    return requestUpgrade(socket, pathname)
  })

  app.get<{ Params: { gate: string } }>('/handshake/gates/:gate', { schema: GATE }, async (request) => {
    const { params, socket, protocol, host, headers } = request
    // What the visitor's browser says of itself.
    const visitor = { host, origin: `${protocol}://${host}`, ...(headers.cookie && { cookie: headers.cookie }) }
    return requestUpgrade(socket, `/ws/gates/${params.gate}`, visitor)
  })
}

/** Asks the address at which `socket` reached us, which is our own: what is told to it stays here. */
function requestUpgrade(
  { localAddress, localPort }: Socket,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<HandshakeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HandshakeAnswer>()
  const request = get({
    host: localAddress,
    port: localPort,
    path,
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
    signal: AbortSignal.timeout(5_000),
  })
  request.on('upgrade', ({ statusCode = 0 }, upgraded) => {
    upgraded.destroy()
    resolve({ status: statusCode, headers: {}, body: null })
  })
  request.on('response', (response) => resolve(readAnswer(response)))
  request.on('error', reject)
  return promise
}

async function readAnswer(response: IncomingMessage): Promise<HandshakeAnswer> {
  const told = TOLD_HEADERS.flatMap((name) => {
    const value = response.headers[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(told), body: await json(response) }
}
