import type { Codec } from '../connection/codec.ts'
import { compileReceivedCheck, compileSentCheck, type MessageCheck } from '../connection/message-check.ts'
import { assertOptions, type Checks, typeIs } from '../option-checks.ts'
import { isSchema, type Schema } from '../schema/schema.ts'
import type { MessageHandlers } from './message-handlers.ts'

/** Schemas of the messages of a route, of TypeBox or any Standard Schema. */
export interface MessageOptions<Receive extends Schema = Schema, Send extends Schema = Schema> {
  /** What the peer may send: `receiveJson`, `iterJson` and callbacks give its output. @default anything */
  receive?: Receive
  /** What `sendJson` takes. @default anything */
  send?: Send
  /** Whether `sendJson` validates, too: the compiler has checked the types already. @default true unless NODE_ENV is 'production' */
  validateSend?: boolean
}

/** A handler for each kind of message, in callback style. */
export interface DispatchOptions<Connection, Message, Discriminator extends string> {
  /** Handlers by the literal in the discriminator. What has none goes to `onMessage`; without one it is an invalid message. */
  on?: MessageHandlers<Connection, Message, Discriminator>
  /** The property whose literal tells the kinds apart. @default 'type' */
  discriminator?: Discriminator
}

export type CodecName = 'json' | 'msgpack' | 'cbor'

/** One codec, or one for each of some subprotocols. */
export type CodecOption = CodecName | Codec | { readonly [subprotocol: string]: CodecName | Codec }

/** The schemas of `messages`, compiled. */
export interface MessageChecks {
  readonly received: MessageCheck | null
  /** Null also where what is sent is not validated. */
  readonly sent: MessageCheck | null
}

/** @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option */
export function compileMessages(given: unknown = {}): MessageChecks {
  assertOptions(given as MessageOptions, MESSAGE_CHECKS, 'messages.')
  const { receive, send, validateSend = process.env.NODE_ENV !== 'production' } = given as MessageOptions
  return {
    received: receive === undefined ? null : compileReceivedCheck(receive),
    sent: send === undefined || !validateSend ? null : compileSentCheck(send),
  }
}

const MESSAGE_CHECKS: Checks<MessageOptions> = {
  receive: checkSchema,
  send: checkSchema,
  validateSend: typeIs('boolean'),
}

function checkSchema(value: unknown): string | undefined {
  return isSchema(value) ? undefined : 'a schema of TypeBox or a Standard Schema'
}
