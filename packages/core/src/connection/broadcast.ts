import { type PreparedMessage, prepareMessage, type SendOptions } from './prepared-message.ts'
import type { Sendable } from './sendable.ts'
import type { SendOutcome } from './sender.ts'

/** Who can be sent a message that was prepared. Every connection can. */
export interface Recipient {
  trySend(message: PreparedMessage): SendOutcome
}

export interface BroadcastResult {
  readonly sent: number
  /** Those that are not open, or have too much queued. */
  readonly dropped: number
}

export interface BroadcastOptions extends SendOptions {
  /** Gets nothing; most often the sender. */
  readonly except?: Recipient | undefined
}

/**
 * Sends one message to many connections. It is framed once, and no connection is waited for: one that is too slow misses it.
 * @throws SluiceError `ERR_INVALID_PAYLOAD`
 */
export function broadcast(
  connections: Iterable<Recipient>,
  data: Sendable,
  options: BroadcastOptions = {},
): BroadcastResult {
  const message = prepareMessage(data, options)
  let sent = 0
  let dropped = 0
  for (const connection of connections) {
    if (connection === options.except) continue
    if (connection.trySend(message) === 'dropped') dropped++
    else sent++
  }
  return { sent, dropped }
}
