import type { FastifyInstance } from 'fastify'
import type { WebSocketMessage } from '../connection/reading.ts'
import type { Sendable } from '../connection/sendable.ts'
import { assertOptions, type Checks, wholeNumber, withoutUndefined } from '../option-checks.ts'
import type { Awaitable, Callbacks } from './route-handler.ts'

/** When a batch is handed over: at whichever of these comes first, and when the connection ends. */
export interface BatchOptions {
  /** Messages. @default 50 */
  size?: number
  /** Milliseconds after the first message of the batch. @default 100 */
  timeout?: number
  /** Bytes of all its messages; of text, UTF-16 units. @default 1_048_576 */
  maxBytes?: number
}

export type BatchSettings = Readonly<Required<BatchOptions>>

/** What `onBatch` may return: answers, in order. */
export type BatchAnswers = readonly (Sendable | WebSocketMessage)[]

/** Batch style: callback style, with messages handed over together. Calls of one connection never overlap. */
export interface BatchCallbacks<Connection, Params, Message = WebSocketMessage>
  extends Omit<Callbacks<Connection, Params>, 'onMessage'> {
  batch?: BatchOptions
  /** At least one message, in the order they came. What is returned is sent back in one write. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a callback that returns nothing is what most are
  onBatch: (this: FastifyInstance, ws: Connection, messages: Message[]) => Awaitable<void | BatchAnswers>
}

/** One of the two styles. An overload for each would leave the parameters of the second without types. */
export type CallbacksOrBatch<Connection, Params, Message = WebSocketMessage> =
  | (Callbacks<Connection, Params, Message> & {
      [Name in Exclude<keyof BatchCallbacks<never, never>, keyof Callbacks<never, never>>]?: undefined
    })
  | (BatchCallbacks<Connection, Params, Message> & { onMessage?: undefined })

/** @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option */
export function resolveBatchOptions(given: unknown = {}): BatchSettings {
  assertOptions(given as BatchOptions, BATCH_CHECKS, 'batch.')
  return Object.freeze({ size: 50, timeout: 100, maxBytes: 1_048_576, ...withoutUndefined(given as BatchOptions) })
}

const BATCH_CHECKS: Checks<BatchOptions> = {
  size: wholeNumber(1),
  timeout: wholeNumber(1),
  maxBytes: wholeNumber(1),
}
