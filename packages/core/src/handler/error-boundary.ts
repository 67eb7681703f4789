import { isSendableCloseCode } from '../close-codes.ts'
import {
  HttpDenial,
  InvalidJsonError,
  InvalidMessageError,
  UndecodableMessageError,
  UnsupportedDataError,
  WebSocketClose,
  WebSocketDisconnect,
} from '../errors.ts'
import { denialOfError } from '../security/denial.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'

/** Learns what becomes of the user's code. */
export interface HandlerObserver {
  /** It begins to run: its connection was admitted. */
  handlerOnStart(connection: ServerConnection): void
  /** It threw what no peer sees. */
  handlerOnError(connection: ServerConnection, error: unknown): void
  /** It has run to its end, be it long after that of the connection. */
  handlerOnEnd(connection: ServerConnection): void
}

/** Ends a connection whose handler or callback threw: nothing escapes, and the peer learns no more than a code. */
export function endFailedConnection(connection: ServerConnection, error: unknown, observer: HandlerObserver): void {
  if (isOrderly(connection, error)) return
  if (connection.isShuttingDown && originOf(error) instanceof WebSocketDisconnect) {
    void connection.closeAtEnd()
    return
  }
  if (error instanceof WebSocketClose && isSendableCloseCode(error.code)) {
    void connection.close(error.code, error.reason)
    return
  }
  if (connection.state !== 'connecting') {
    reportError(connection, error, observer)
    void connection.close(1011, 'Internal error')
    return
  }
  if (denialOfError(error).status >= 500 && !(error instanceof HttpDenial)) reportError(connection, error, observer)
  connection.failHandshake(error)
}

/** Logs an error of user code and tells the observer. */
export function reportError(connection: ServerConnection, error: unknown, observer: HandlerObserver): void {
  connection.log.error({ err: error, route: connection.route }, 'WebSocket handler failed')
  observer.handlerOnError(connection, error)
}

/** The connection has ended already, and the error only says so. That of another connection says nothing of this one. */
function isOrderly({ state }: ServerConnection, error: unknown): boolean {
  if (state !== 'closing' && state !== 'closed') return false
  const origin = originOf(error)
  if (origin instanceof InvalidMessageError) return origin.direction === 'received'
  return ORDERLY.some((kind) => origin instanceof kind)
}

const ORDERLY = [WebSocketDisconnect, UnsupportedDataError, InvalidJsonError, UndecodableMessageError]

/** What `ws.signal` interrupts often throws an error of its own that is caused by the signal's reason. */
function originOf(error: unknown): unknown {
  return error instanceof Error && error.name === 'AbortError' ? error.cause : error
}
