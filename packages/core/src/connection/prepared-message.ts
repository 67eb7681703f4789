/** A message for many connections. An engine encodes it once and keeps the frame here. */
export class PreparedMessage {
  readonly payload: string | Uint8Array
  /** The whole frame as the engine made it. */
  frame: Buffer | null = null

  constructor(payload: string | Uint8Array) {
    this.payload = payload
  }
}
