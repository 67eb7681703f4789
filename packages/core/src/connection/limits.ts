import type { TokenRate } from '../token-bucket.ts'

/** The limits of one connection, resolved. Sizes in bytes, times in milliseconds. */
export interface ConnectionLimits {
  /** Largest message, after reassembly and inflation. A larger one closes with 1009. @default 1_048_576 */
  readonly maxMessageSize: number
  /** Most frames of one message. More close with 1008. @default 1_024 */
  readonly maxFragments: number
  /** Most arrays and objects inside one another in a message that is decoded. A deeper one is treated as malformed. @default 64 */
  readonly maxDepth: number
  /** Received messages that wait for the handler. At the bound, reading pauses until half is taken. @default 100 and 1 MiB */
  readonly inbox: { readonly messages: number; readonly bytes: number }
  readonly backpressure: BackpressureLimits
  /** How long one message may take from its first byte to its last. A slower one closes with 1008. The engine `'ws'` does not see it. @default 30_000 */
  readonly messageTimeout: number
  /** How long the peer may take to answer a close frame. @default 5_000 */
  readonly closeTimeout: number
  /** How often, or with how many bytes, the peer may send messages; null for as it likes. @default null */
  readonly messageRate: MessageRateLimit | null
  /** How often the peer may send pings and pongs. More close with 1008. @default 100 a second, 1_000 at once */
  readonly controlFrameRate: TokenRate | null
  /** How long the connection may carry no message, in neither direction, before it is closed with 1001; null for ever. @default null */
  readonly idleTimeout: number | null
  /** Pings that find out whether the peer is still there; null sends none. @default 25_000 and 10_000 */
  readonly heartbeat: HeartbeatLimits | null
}

/** A rate of messages or bytes, and what becomes of what is beyond it. */
export interface MessageRateLimit extends TokenRate {
  readonly per: 'message' | 'byte'
  readonly action: MessageRateAction
}

/** What happens to a message beyond the rate: close with 1008, drop it, drop it and answer with an error, or read no further for a while. */
export type MessageRateAction = 'close' | 'drop' | 'reply' | 'throttle'

export interface HeartbeatLimits {
  /** From one ping to the next, less up to a tenth at random. */
  readonly interval: number
  /** How long after a ping nothing may come from the peer before the stream is cut. */
  readonly timeout: number
}

export interface BackpressureLimits {
  /** Bytes queued to the peer, above which `send` waits and the policy decides on more. @default 1_048_576 */
  readonly highWaterMark: number
  /** @default 'close' */
  readonly policy: BackpressurePolicy
  /** How long the peer may take nothing of what is queued, until it is closed with 1013; null for ever. @default 30_000 */
  readonly timeout: number | null
  /** Bytes that go to the wire at once. Policies that choose among messages keep what is above it back. */
  readonly window: number
}

/** How a route compresses (RFC 7692). */
export interface CompressionSettings {
  /** Messages below this many bytes are sent as they are. @default 1_024 */
  readonly threshold: number
  /** Largest message that a compressed one may inflate to; a larger one closes with 1009. Counts where it is below `maxMessageSize`. @default `maxMessageSize` */
  readonly maxInflatedSize: number
  /** How many zlib jobs of this process may run at a time once one of this route does. Small messages need none. @default 10 */
  readonly concurrency: number
  /** Whether messages may refer to those before them, which keeps a window of each connection in memory. @default false */
  readonly contextTakeover: boolean
  /** The window that the server compresses with, as a power of two: 8 to 15. @default 12 */
  readonly serverMaxWindowBits: number
  /** The window that clients are asked to compress with. @default 12 */
  readonly clientMaxWindowBits: number
  /** How hard zlib tries, 1 to 9. @default 6 */
  readonly level: number
  /** How much memory zlib takes while it compresses, 1 to 9. @default 5 */
  readonly memLevel: number
}

/**
 * What happens to a message sent above the high water mark: close with 1013, drop that message, drop the oldest ones, or replace the
 * one with the same key and close where there is none.
 */
export type BackpressurePolicy = 'close' | 'dropNewest' | 'dropOldest' | 'conflate'

/** What a receive does with a message of the other kind: close with 1003 and throw, only throw, or convert it. */
export type WrongTypePolicy = 'close' | 'throw' | 'coerce'

/** What `receiveJson` does with a message that is not JSON: close with 1007 and throw, only throw, or answer with an error and wait on. */
export type InvalidJsonPolicy = 'close' | 'throw' | 'reply'

/** What becomes of a message that `messages.receive` refuses: answer with what is wrong and wait on, close with 4422 and throw, or only throw. */
export type InvalidMessagePolicy = 'reply' | 'close' | 'throw'
