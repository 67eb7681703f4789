import { type Sendable, toPayload, unsendable } from './sendable.ts'

/** A message for many connections, made by `prepareMessage`: it is framed once, and every `trySend` shares the frame. */
export class PreparedMessage {
  readonly payload: string | Uint8Array
  /** The frame, once an engine has made it. */
  frame: Buffer | null = null

  constructor(payload: string | Uint8Array) {
    this.payload = payload
  }
}

/** Prepares a message for many connections. @throws SluiceError `ERR_INVALID_PAYLOAD` */
export function prepareMessage(data: Sendable): PreparedMessage {
  const payload = toPayload(data)
  if (payload === null) throw unsendable(data)
  return new PreparedMessage(payload)
}
