import type { CloseEvent } from './connection/transport.ts'
import { runHook } from './run-hook.ts'
import type { ServerObserver } from './server.ts'
import type { ServerConnection } from './upgrade/server-connection.ts'
import type { WebSocketConnection } from './upgrade/websocket-connection.ts'

/** Hooks of the whole server, for metrics and logs. Each may be async; none is waited for, and what it throws is logged. */
export interface ServerHooks {
  /** A connection is open, and it is known who is there. Comes before the handler's first message. */
  onConnect?: (ws: WebSocketConnection) => unknown
  /** A connection that `onConnect` was called for has ended. */
  onDisconnect?: (ws: WebSocketConnection, event: CloseEvent) => unknown
  /** A handler or a callback threw something that ended its connection, or that came after the end. */
  onError?: (ws: WebSocketConnection, error: unknown) => unknown
}

/** The observer that calls the hooks, or none where there is nothing to call. */
export function observerOfHooks({ onConnect, onDisconnect, onError }: ServerHooks): ServerObserver | undefined {
  if (onConnect === undefined && onDisconnect === undefined && onError === undefined) return undefined
  const connected = new WeakSet<ServerConnection>()
  return {
    connectionOnAdmitted(connection) {
      connected.add(connection)
      if (onConnect !== undefined) runHook('onConnect', onConnect, connection.log, connection)
    },
    connectionOnEnd(connection, event) {
      if (onDisconnect === undefined || !connected.has(connection)) return
      runHook('onDisconnect', onDisconnect, connection.log, connection, event)
    },
    handlerOnError(connection, error) {
      if (onError !== undefined) runHook('onError', onError, connection.log, connection, error)
    },
  }
}
