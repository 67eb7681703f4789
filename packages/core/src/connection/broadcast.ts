import type { SendOutcome } from './conversation.ts'
import { type PreparedMessage, prepareMessage } from './prepared-message.ts'
import type { Sendable } from './sendable.ts'

/** Who can be sent a message that was prepared. Every connection can. */
export interface Recipient {
  trySend(message: PreparedMessage): SendOutcome
}

export interface BroadcastResult {
  readonly sent: number
  /** Those that are not open, or have too much queued. */
  readonly dropped: number
}

/**
 * Sends one message to many connections. It is framed once, and no connection is waited for: one that is too slow misses it.
 * @param options.except gets nothing; most often the sender
 * @throws SluiceError `ERR_INVALID_PAYLOAD`
 */
export function broadcast(
  connections: Iterable<Recipient>,
  data: Sendable,
  options: { readonly except?: Recipient | undefined } = {},
): BroadcastResult {
  const message = prepareMessage(data)
  let sent = 0
  let dropped = 0
  for (const connection of connections) {
    if (connection === options.except) continue
    if (connection.trySend(message) === 'dropped') dropped++
    else sent++
  }
  return { sent, dropped }
}
