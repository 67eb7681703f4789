import type { FastifyInstance } from 'fastify'
import { toMessage } from '../connection/reading.ts'
import { SluiceError } from '../errors.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import { type ErrorObserver, endFailedConnection, reportError } from './error-boundary.ts'
import type { Callbacks, RouteHandler } from './route-handler.ts'

/** Runs the user's code for one connection, inside an error boundary. Never throws, and leaves no rejection behind. */
export function runHandler(
  handler: RouteHandler,
  instance: FastifyInstance,
  connection: ServerConnection,
  observer: ErrorObserver,
): void {
  const run =
    handler.style === 'callbacks'
      ? runCallbacks(handler.callbacks, instance, connection, observer)
      : runToEnd(handler.run, instance, connection)
  run.catch((error: unknown) => endFailedConnection(connection, error, observer))
}

async function runToEnd(
  handler: Extract<RouteHandler, { style: 'handler' }>['run'],
  instance: FastifyInstance,
  connection: ServerConnection,
): Promise<void> {
  await handler.call(instance, connection, connection.params as never)
  if (connection.state === 'connecting') {
    connection.log.error({ route: connection.route }, 'handler finished before accept')
    connection.failHandshake(new SluiceError('ERR_INVALID_STATE', 'the handler finished before accept'))
  } else {
    await connection.close(1000)
  }
}

async function runCallbacks(
  callbacks: Callbacks<ServerConnection, never>,
  instance: FastifyInstance,
  connection: ServerConnection,
  observer: ErrorObserver,
): Promise<void> {
  await connection.accept()
  const { onConnect, onMessage, onDisconnect } = callbacks
  try {
    if (onConnect) await onConnect.call(instance, connection, connection.params as never)
  } catch (error) {
    endFailedConnection(connection, error, observer)
  }
  connection.deliverTo({
    message: (message) => onMessage?.call(instance, connection, toMessage(message)),
    failed: (error) => endFailedConnection(connection, error, observer),
    async ended(event) {
      try {
        await onDisconnect?.call(instance, connection, event)
      } catch (error) {
        reportError(connection, error, observer)
      }
    },
  })
}
