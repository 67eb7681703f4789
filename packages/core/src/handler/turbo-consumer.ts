import type { Consumer } from '../connection/delivery.ts'
import type { Received } from '../connection/inbox.ts'
import { PreparedMessage } from '../connection/prepared-message.ts'
import type { Room } from '../rooms/room.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import { endFailedConnection, type HandlerObserver } from './error-boundary.ts'
import type { TurboSettings } from './turbo.ts'
import { roomOf } from './turbo-room.ts'

const NOTHING = Buffer.alloc(0)

/** What answers the messages of a turbo route. */
export function createTurboConsumer(
  { mode, prefix, includeSender, room }: TurboSettings,
  connection: ServerConnection,
  observer: HandlerObserver,
): Consumer {
  if (mode === 'echo') return new EchoConsumer(prefix, connection, observer)
  return new BroadcastConsumer(prefix, roomOf(connection, room), includeSender, connection, observer)
}

/** Passes messages on as the bytes that they came in; one that had to wait has become a string or a buffer of its own. */
abstract class TurboConsumer implements Consumer {
  protected readonly connection: ServerConnection
  readonly #prefix: Buffer
  readonly #observer: HandlerObserver

  constructor(prefix: Buffer, connection: ServerConnection, observer: HandlerObserver) {
    this.connection = connection
    this.#prefix = prefix
    this.#observer = observer
  }

  protected abstract pass(isText: boolean, prefix: Buffer, bytes: Buffer, start: number, end: number): unknown

  message(message: Received): unknown {
    const isText = typeof message === 'string'
    const bytes = isText ? Buffer.from(message) : message
    return this.bytes(isText, bytes, 0, bytes.length)
  }

  bytes(isText: boolean, bytes: Buffer, start: number, end: number): unknown {
    return this.pass(isText, isText ? this.#prefix : NOTHING, bytes, start, end)
  }

  failed(error: unknown): void {
    endFailedConnection(this.connection, error, this.#observer)
  }

  ended(): void {
    this.#observer.handlerOnEnd(this.connection)
  }
}

class EchoConsumer extends TurboConsumer {
  /** With too much queued, the next message waits until the peer has read. */
  protected override pass(isText: boolean, prefix: Buffer, bytes: Buffer, start: number, end: number): Promise<void> {
    return this.connection.forward(isText, prefix, bytes, start, end)
  }
}

class BroadcastConsumer extends TurboConsumer {
  readonly #roomName: string
  readonly #room: Room<ServerConnection>
  readonly #except: ServerConnection | null

  constructor(
    prefix: Buffer,
    roomName: string,
    includeSender: boolean,
    connection: ServerConnection,
    observer: HandlerObserver,
  ) {
    super(prefix, connection, observer)
    this.#roomName = roomName
    this.#room = connection.rooms.join(roomName, connection)
    this.#except = includeSender ? null : connection
  }

  protected override pass(isText: boolean, prefix: Buffer, bytes: Buffer, start: number, end: number): undefined {
    const payload = Buffer.concat([prefix, bytes.subarray(start, end)])
    this.#room.publish(new PreparedMessage(payload, {}, isText), this.#except)
  }

  override ended(): void {
    this.connection.rooms.leave(this.#roomName, this.connection)
    super.ended()
  }
}
