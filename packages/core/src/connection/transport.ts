import type { PreparedMessage } from './prepared-message.ts'

/** How a connection ended. */
export interface CloseEvent {
  /** The close code: 1005 when the peer's close frame held none, 1006 when no close frame arrived. */
  readonly code: number
  readonly reason: string
  /** Both sides sent a close frame. */
  readonly wasClean: boolean
  /** Whose doing it was. */
  readonly initiator: CloseInitiator
}

/**
 * Who began the end: the peer, this side's code, the network (the stream broke), this side's engine because the peer broke
 * the protocol or a limit, the heartbeat, or the shutdown of the server.
 */
export type CloseInitiator = 'client' | 'server' | 'network' | 'protocol' | 'heartbeat' | 'shutdown'

/**
 * What a connection needs from the wire; each engine provides it. No call throws, and after `transportOnEnd` every call does nothing.
 */
export interface Transport {
  /** Bytes taken by `send` and not yet by the operating system, framing included. */
  readonly bufferedAmount: number
  /** Rises with whatever arrives from the peer, and when reading goes on after it stood still. */
  readonly signsOfLife: number
  /** Whether the peer is read: not while paused, nor while everything waits for zlib. */
  readonly isReading: boolean
  /** Nothing is delivered before this call, nor during it. */
  start(listener: TransportListener): void
  /**
   * Queues one message: a string as text, bytes as binary. The bytes are not copied; they must not change until they are sent.
   * @returns how many bytes the payload has
   */
  send(payload: string | Uint8Array, mayCompress: boolean): number
  /** Queues one message that goes to many connections, framed once. */
  sendPrepared(message: PreparedMessage): void
  /** Queues one message: `prefix`, and `bytes[start, end)` behind it. The bytes are not needed after the call. */
  forward(isText: boolean, prefix: Uint8Array, bytes: Buffer, start: number, end: number): void
  /** Sends a ping of at most 125 bytes ahead of queued messages. */
  ping(payload: Uint8Array): void
  /** Sends a close frame after what is queued, waits `closeTimeout` for the peer's, then ends the stream. */
  close(code: number, reason: string): void
  /** Sends a close frame ahead of everything queued, which is dropped; else as `close`. */
  fail(code: number, reason: string): void
  /** The peer broke a limit: ends as it does for those that the engine watches, with no further look at what the peer sends. */
  failPeer(code: number, reason: string): void
  /** Has messages told as bytes from now on, and no longer by `transportOnMessage`. Some may still come that way. */
  passBytesTo(listener: BytesListener): void
  /** Cuts the stream without a close frame. */
  terminate(): void
  /** From this call on no message is delivered, not even one that was received with the last. */
  pause(): void
  /** Delivery goes on, but never within this call. */
  resume(): void
}

/** Whom messages are told that are to be passed on as they are. */
export interface BytesListener {
  /** A whole message is `bytes[start, end)`, of text the UTF-8. Nothing of the buffer is the listener's after the call. */
  transportOnBytes(isText: boolean, bytes: Buffer, start: number, end: number): void
}

/** What the wire tells its connection. No method throws. */
export interface TransportListener {
  /** A whole message: a string is text. The buffer belongs to the listener. @param bytes how many the payload has, inflated */
  transportOnMessage(data: string | Buffer, bytes: number): void
  transportOnPong(payload: Buffer): void
  /** The stream has not taken all that it was given: something waits until `transportOnDrain`. @param hasMoved it took some of it */
  transportOnPending(hasMoved: boolean): void
  /** `bufferedAmount` is back at zero after it was above. */
  transportOnDrain(): void
  /** The peer's close frame arrived, or the engine closes because the peer broke the protocol. No message follows. */
  transportOnClosing(code: number, reason: string): void
  /** The stream is gone. Once, and last. */
  transportOnEnd(event: CloseEvent): void
}
