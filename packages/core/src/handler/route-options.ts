import type { BackpressurePolicy, InvalidJsonPolicy, WrongTypePolicy } from '../connection/limits.ts'

/** Limits of each connection. Sizes in bytes, times in milliseconds. */
export interface LimitOptions {
  /** Largest message after reassembly; a larger one closes with 1009. @default 1_048_576 */
  maxMessageSize?: number
  /** Most frames of one message; more close with 1008. @default 1_024 */
  maxFragments?: number
  /** What may wait for the handler before reading pauses. @default { messages: 100, bytes: 1_048_576 } */
  inbox?: { messages?: number; bytes?: number }
  /** What may be queued to a slow peer, and what a send above it does. @default { highWaterMark: 1_048_576, policy: 'close' } */
  backpressure?: { highWaterMark?: number; policy?: BackpressurePolicy }
  /** How long the peer may take to answer a close frame. @default 5_000 */
  closeTimeout?: number
}

/** Options of a route. The plugin and `createApi` take the same ones as defaults for their routes. */
export interface RouteOptions {
  /** Those that the server speaks, in its order of preference. The first that the client offers is chosen. @default [] */
  subprotocols?: readonly string[]
  /** Denies with 400 when no subprotocol fits. @default false */
  requireSubprotocol?: boolean
  /** Milliseconds from the upgrade request to `accept` or `deny`. @default 10_000 */
  handshakeTimeout?: number
  /** What a receive does with a message of the other kind. @default 'close' */
  onWrongType?: WrongTypePolicy
  /** What `receiveJson` does with a message that is not JSON. @default 'close' */
  onInvalidJson?: InvalidJsonPolicy
  limits?: LimitOptions
  /** For the generated documentation. */
  summary?: string
  description?: string
  tags?: readonly string[]
  /** Leaves the route out of the generated documentation. @default false */
  hidden?: boolean
}
