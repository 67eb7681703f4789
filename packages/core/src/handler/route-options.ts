import type {
  BackpressurePolicy,
  CompressionSettings,
  InvalidJsonPolicy,
  InvalidMessagePolicy,
  MessageRateAction,
  WrongTypePolicy,
} from '../connection/limits.ts'
import type { Depends } from '../dependencies/dependency.ts'
import type { AuthBackend, Guard } from '../security/ports.ts'
import type { SecurityOptions } from '../security/security-options.ts'
import type { OnBackpressure, OnDrain } from '../upgrade/connection-settings.ts'
import type { CodecOption } from './message-options.ts'

/** Limits of each connection. Sizes in bytes, times in milliseconds. */
export interface LimitOptions {
  /** Largest message after reassembly; a larger one closes with 1009. @default 1_048_576 */
  maxMessageSize?: number
  /** Most frames of one message; more close with 1008. @default 1_024 */
  maxFragments?: number
  /** Most arrays and objects inside one another in a message that is decoded; a deeper one is malformed. @default 64 */
  maxDepth?: number
  /** What may wait for the handler before reading pauses. @default { messages: 100, bytes: 1_048_576 } */
  inbox?: { messages?: number; bytes?: number }
  /**
   * What may be queued to a slow peer, what a send above it does, and how long the peer may take nothing of it.
   * @default { highWaterMark: 1_048_576, policy: 'close', timeout: 30_000 }
   */
  backpressure?: { highWaterMark?: number; policy?: BackpressurePolicy; timeout?: number | false }
  /**
   * How long one message may take from its first byte to its last; a slower one closes with 1008. The engine `'ws'` sees whole
   * messages only, and does not apply it. @default 30_000
   */
  messageTimeout?: number
  /** How long the peer may take to answer a close frame. @default 5_000 */
  closeTimeout?: number
  /**
   * How often one peer may send messages, counted by a token bucket for each connection, before anything looks at them. Of several
   * layers the innermost counts as a whole. @default false
   */
  messageRate?: MessageRateOptions | false
  /** How often one peer may send pings and pongs; more close with 1008. @default { rate: 100, burst: 1_000 } */
  controlFrameRate?: FrameRateOptions | false
  /** How long a connection may carry no message, in neither direction, before it is closed with 1001. Pings do not count. @default false */
  idleTimeout?: number | false
  /**
   * Pings every `interval`, less up to a tenth at random, and cuts the stream when nothing at all comes from the peer within `timeout`
   * of a ping. `false` sends none. @default { interval: 25_000, timeout: 10_000 }
   */
  heartbeat?: { interval?: number; timeout?: number } | false
}

/** Told of connections whose peers do not keep up. Each may be async; what it throws is logged. */
export interface PressureHooks {
  /** More is queued to a connection than its high water mark allows: once, until it has drained. */
  onBackpressure?: OnBackpressure
  /** After `onBackpressure`, all that was queued has left. */
  onDrain?: OnDrain
}

export interface FrameRateOptions {
  /** How many a second, in the long run. */
  rate: number
  /** How many at once. @default as many as in a second, and at least 1 */
  burst?: number
}

export interface MessageRateOptions extends FrameRateOptions {
  /**
   * How many at once. @default as many as in a second, and at least 1; of bytes, at least `maxMessageSize`. A message of more bytes
   * than this passes a full bucket
   */
  burst?: number
  /** What is counted: messages, or the bytes of their payloads. @default 'message' */
  per?: 'message' | 'byte'
  /**
   * What becomes of a message beyond the rate: `'close'` closes with 1008, `'drop'` drops it, `'reply'` drops it and answers
   * `{ type: 'error', code: 'rate_limited', retryAfterMs }`, `'throttle'` loses nothing and reads no faster than the rate. @default 'close'
   */
  action?: MessageRateAction
}

/**
 * Options of a route. The plugin and `createApi` take the same ones for all their routes: backends, guards, rate limits, caps and
 * hooks add up, of everything else the innermost counts.
 */
export interface RouteOptions<
  Backends extends readonly AuthBackend[] = readonly AuthBackend[],
  Guards extends readonly Guard[] = readonly Guard[],
  Dependencies = Depends,
> extends SecurityOptions,
    PressureHooks {
  /** Checks credentials, tried in order. @default none: every peer is anonymous */
  auth?: Backends
  /** All must allow, asked in order. @default none */
  guards?: Guards
  /** Run before the handler, once for each connection; what they make is `ws.deps`. Merged by name. @default none */
  depends?: Dependencies
  /** Those that the server speaks, in its order of preference. The first that the client offers is chosen. @default [] */
  subprotocols?: readonly string[]
  /** Denies with 400 when no subprotocol fits. @default false */
  requireSubprotocol?: boolean
  /** What a receive does with a message of the other kind. @default 'close' */
  onWrongType?: WrongTypePolicy
  /** What `receiveJson` does with a message that is not JSON, or that the codec cannot decode. @default 'close' */
  onInvalidJson?: InvalidJsonPolicy
  /** What becomes of a message that `messages.receive` refuses. @default 'reply' */
  onInvalidMessage?: InvalidMessagePolicy
  /** How values become messages. With several subprotocols, a table: those that are not in it speak JSON. @default 'json' */
  codec?: CodecOption
  limits?: LimitOptions
  /** Compresses messages (RFC 7692). Off unless asked for: it costs memory and time, and secrets beside text of the peer's choosing leak. @default false */
  compression?: false | Partial<CompressionSettings>
  /** For the generated documentation. */
  summary?: string
  description?: string
  tags?: readonly string[]
  /** Leaves the route out of the generated documentation. @default false */
  hidden?: boolean
}
