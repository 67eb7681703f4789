import type { FastifyInstance } from 'fastify'
import type { WebSocketMessage } from '../connection/reading.ts'
import type { CloseEvent } from '../connection/transport.ts'
import type { WebSocketConnection } from '../upgrade/websocket-connection.ts'
import type { BatchCallbacks, BatchSettings } from './batch.ts'
import type { TurboSettings } from './turbo.ts'

export type Awaitable<T> = T | Promise<T>

/** Runs once for each connection. It must call `ws.accept()`, or deny; when it ends, the connection is closed with 1000. */
export type Handler<Connection, Params> = (this: FastifyInstance, ws: Connection, params: Params) => Awaitable<void>

/** Callback style: the connection is accepted first. Calls of one connection never overlap. */
export interface Callbacks<Connection, Params, Message = WebSocketMessage> {
  /** The connection is open. Messages wait until it has finished. */
  onConnect?: (this: FastifyInstance, ws: Connection, params: Params) => Awaitable<void>
  onMessage?: (this: FastifyInstance, ws: Connection, message: Message) => Awaitable<void>
  /** The connection has ended and every message before the end was handled. Once. */
  onDisconnect?: (this: FastifyInstance, ws: Connection, event: CloseEvent) => Awaitable<void>
}

/** What a route runs, types erased. */
export type RouteHandler =
  | { readonly style: 'handler'; readonly run: Handler<WebSocketConnection, never> }
  | { readonly style: 'callbacks'; readonly callbacks: Callbacks<WebSocketConnection, never> }
  | {
      readonly style: 'batch'
      readonly batch: BatchSettings
      readonly callbacks: BatchCallbacks<WebSocketConnection, never>
    }
  | { readonly style: 'turbo'; readonly turbo: TurboSettings }
