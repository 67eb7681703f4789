import type { FastifyInstance } from 'fastify'
import type { Consumer } from '../connection/delivery.ts'
import type { Received } from '../connection/inbox.ts'
import { SKIPPED, toDelivered } from '../connection/reading.ts'
import type { CloseEvent } from '../connection/transport.ts'
import { SluiceError } from '../errors.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import { BatchConsumer } from './batch-consumer.ts'
import { endFailedConnection, type HandlerObserver, reportError } from './error-boundary.ts'
import type { Callbacks, RouteHandler } from './route-handler.ts'
import { createTurboConsumer } from './turbo-consumer.ts'

/** Runs the user's code for one connection, inside an error boundary. Never throws, and leaves no rejection behind. */
export function runHandler(
  handler: RouteHandler,
  instance: FastifyInstance,
  connection: ServerConnection,
  observer: HandlerObserver,
): void {
  observer.handlerOnStart(connection)
  const run =
    handler.style === 'handler'
      ? runToEnd(handler.run, instance, connection)
      : runCallbacks(handler, instance, connection, observer)
  run.then(
    () => {
      // Callbacks go on until the connection ends.
      if (handler.style === 'handler') observer.handlerOnEnd(connection)
    },
    (error: unknown) => {
      endFailedConnection(connection, error, observer)
      observer.handlerOnEnd(connection)
    },
  )
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
    await connection.closeAtEnd()
  }
}

async function runCallbacks(
  handler: Exclude<RouteHandler, { style: 'handler' }>,
  instance: FastifyInstance,
  connection: ServerConnection,
  observer: HandlerObserver,
): Promise<void> {
  await connection.accept()
  if (handler.style === 'turbo') {
    connection.deliverTo(createTurboConsumer(handler.turbo, connection, observer))
    return
  }
  const consumer =
    handler.style === 'batch'
      ? new BatchConsumer(handler, instance, connection, observer)
      : new CallbackConsumer(handler.callbacks, instance, connection, observer)
  try {
    await handler.callbacks.onConnect?.call(instance, connection, connection.params as never)
  } catch (error) {
    consumer.failed(error)
  }
  connection.deliverTo(consumer)
}

/** Hands messages and the end of one connection to its callbacks. */
class CallbackConsumer implements Consumer {
  readonly #callbacks: Callbacks<ServerConnection, never>
  readonly #instance: FastifyInstance
  readonly #connection: ServerConnection
  readonly #observer: HandlerObserver
  #hasFailed = false

  constructor(
    callbacks: Callbacks<ServerConnection, never>,
    instance: FastifyInstance,
    connection: ServerConnection,
    observer: HandlerObserver,
  ) {
    this.#callbacks = callbacks
    this.#instance = instance
    this.#connection = connection
    this.#observer = observer
  }

  message(message: Received): unknown {
    // Not even one that has arrived is for a connection whose `onConnect` failed.
    if (this.#hasFailed) return undefined
    const { onMessage } = this.#callbacks
    if (onMessage === undefined) return undefined
    const delivered = toDelivered(message, this.#connection)
    return delivered === SKIPPED ? undefined : onMessage.call(this.#instance, this.#connection, delivered as never)
  }

  failed(error: unknown): void {
    this.#hasFailed = true
    endFailedConnection(this.#connection, error, this.#observer)
  }

  async ended(event: CloseEvent): Promise<void> {
    try {
      await this.#callbacks.onDisconnect?.call(this.#instance, this.#connection, event)
    } catch (error) {
      reportError(this.#connection, error, this.#observer)
    }
    this.#observer.handlerOnEnd(this.#connection)
  }
}
