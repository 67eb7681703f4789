/** How a connection ended. `initiator` says whose doing it was. */
export interface CloseEvent {
  /** The close code: 1005 when the peer sent none, 1006 when no close frame arrived. */
  readonly code: number
  readonly reason: string
  /** Both sides sent a close frame. */
  readonly wasClean: boolean
  readonly initiator: CloseInitiator
}

export type CloseInitiator = 'client' | 'server' | 'network' | 'protocol' | 'heartbeat' | 'shutdown'

/**
 * What a connection needs from the wire. Each engine provides it.
 * After `end` has been reported, every call is a no-op.
 */
export interface Transport {
  /** Bytes accepted by `send` and not yet taken by the operating system, framing included. */
  readonly bufferedAmount: number
  /** Nothing is delivered before this call. */
  start(listener: TransportListener): void
  /** Queues one message: a string as text, bytes as binary. The bytes are not copied: they must not change until sent. */
  send(payload: string | Uint8Array): void
  ping(payload: Uint8Array): void
  /** Sends a close frame ahead of nothing but what is queued, waits for the peer's, then ends; terminates after `closeTimeout`. */
  close(code: number, reason: string): void
  /** Cuts the stream without a close frame. */
  terminate(): void
  /** No `message` is delivered from this call on, not even one that has been received already. */
  pause(): void
  resume(): void
}

/** What the wire tells its connection. No method may throw. */
export interface TransportListener {
  /** A whole message. The bytes belong to the receiver. */
  transportOnMessage(data: string | Buffer): void
  transportOnPong(payload: Buffer): void
  /** `bufferedAmount` fell to zero after a send that left something queued. */
  transportOnDrain(): void
  /** The peer's close frame arrived, or ours went out for a failure of the protocol. No message follows. */
  transportOnClosing(code: number, reason: string): void
  /** The stream is gone. Reported exactly once. */
  transportOnEnd(event: CloseEvent): void
}
