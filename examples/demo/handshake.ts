import { randomBytes } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'

/** What the server said to an upgrade request. */
export interface HandshakeAnswer {
  readonly status: number
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
}

/** Asks the address at which `socket` reached us. */
function requestUpgrade({ localAddress, localPort }: Socket, path: string): Promise<HandshakeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HandshakeAnswer>()
  const request = get({
    host: localAddress,
    port: localPort,
    path,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
    signal: AbortSignal.timeout(5_000),
  })
  request.on('upgrade', ({ statusCode = 0 }, upgraded) => {
    upgraded.destroy()
    resolve({ status: statusCode, body: null })
  })
  request.on('response', (response) => resolve(readAnswer(response)))
  request.on('error', reject)
  return promise
}

async function readAnswer(response: IncomingMessage): Promise<HandshakeAnswer> {
  return { status: response.statusCode ?? 0, body: await json(response) }
}
