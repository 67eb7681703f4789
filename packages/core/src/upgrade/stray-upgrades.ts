import type { EventEmitter } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { shuttingDown } from './check-upgrade.ts'
import { responseOf } from './denial-response.ts'

/** Node keeps the response of a request on its stream. */
type AnsweredSocket = Duplex & { readonly _httpMessage?: ServerResponse | null }

/**
 * Ends the upgrade requests that `@fastify/websocket` leaves open, for Node has no time limit for them and the server could never
 * close: it no longer listens while the app closes, and it ends a stream in a hook, which runs neither for a path that the router
 * cannot read nor outside of the instance that it is registered on.
 * @param upgrades what emits them; the listener of `@fastify/websocket` must have been added
 * @param isOurs nobody else answers this request
 * @returns what stops it
 */
export function answerStrayUpgrades(upgrades: EventEmitter, isOurs: (request: IncomingMessage) => boolean): () => void {
  const onUpgrade = (request: IncomingMessage, socket: AnsweredSocket) => {
    const response = socket._httpMessage
    if (response?.writableEnded) endStream(socket)
    else if (response) response.once('finish', () => endStream(socket))
    else if (!isTaken(request) && isOurs(request)) denyWhileClosing(request, socket)
  }
  upgrades.on('upgrade', onUpgrade)
  return () => void upgrades.removeListener('upgrade', onUpgrade)
}

/** `@fastify/websocket` has it: it notes the stream under a symbol of its own. */
function isTaken(request: IncomingMessage): boolean {
  return Object.getOwnPropertySymbols(request).some(({ description }) => description === 'ws-socket')
}

function denyWhileClosing(request: IncomingMessage, socket: AnsweredSocket): void {
  const { status, headers, body } = responseOf(shuttingDown())
  const response = new ServerResponse(request)
  socket.on('error', () => socket.destroy())
  response.assignSocket(socket as Socket)
  response.writeHead(status, { ...headers, connection: 'close' })
  response.end(body)
  endStream(socket)
}

function endStream(socket: AnsweredSocket): void {
  socket.end(() => socket.destroy())
}
