import { InvalidJsonError, UndecodableMessageError, UnsupportedDataError, type WebSocketDisconnect } from '../errors.ts'
import { jsonCodec, type MessageCodec } from './codec.ts'
import type { Received } from './inbox.ts'
import { refuseMessage } from './invalid-message.ts'
import type { InvalidJsonPolicy, InvalidMessagePolicy, WrongTypePolicy } from './limits.ts'
import type { MessageCheck } from './message-check.ts'
import type { Sendable } from './sendable.ts'

/** One message as `receive()` gives it. */
export type WebSocketMessage =
  | { readonly type: 'text'; readonly data: string }
  | { readonly type: 'binary'; readonly data: Buffer }

/** What a route says of the messages that it receives. */
export interface ReadingRules {
  readonly onWrongType: WrongTypePolicy
  readonly onInvalidJson: InvalidJsonPolicy
  readonly onInvalidMessage: InvalidMessagePolicy
  /** How many arrays and objects may be inside one another. */
  readonly maxDepth: number
  /** Validates what was decoded. */
  readonly check: MessageCheck | null
}

/** What a reading may do to the connection when a message is not what was asked for. */
export interface ReadingPeer {
  readonly rules: ReadingRules
  readonly codec: MessageCodec
  close(code: number, reason: string): unknown
  send(data: Sendable): unknown
}

/** The message was answered and is none: wait for the next. */
export const SKIPPED: unique symbol = Symbol('skipped')

/** One way to read a message: what it becomes, and what the end of the connection becomes. */
export interface Reading<T> {
  /** @throws UnsupportedDataError, InvalidJsonError, UndecodableMessageError, InvalidMessageError */
  convert(message: Received, peer: ReadingPeer): T | typeof SKIPPED
  /** @throws WebSocketDisconnect unless the end is an answer too */
  atEnd(disconnect: WebSocketDisconnect): T
}

export const messageReading: Reading<WebSocketMessage> = { convert: toMessage, atEnd: throwDisconnect }
export const textReading: Reading<string> = { convert: toText, atEnd: throwDisconnect }
export const bytesReading: Reading<Buffer> = { convert: toBytes, atEnd: throwDisconnect }
/** The value of a message of the connection's codec, valid for its route. */
export const valueReading: Reading<unknown> = { convert: toValue, atEnd: throwDisconnect }
/** The same of JSON in a binary message. */
export const binaryJsonReading: Reading<unknown> = { convert: toValueOfBinaryJson, atEnd: throwDisconnect }

/** The same reading as a step of an iterator, which ends quietly. */
export function iteratorReading<T>(reading: Reading<T>): Reading<IteratorResult<T, undefined>> {
  return {
    convert(message, peer) {
      const value = reading.convert(message, peer)
      return value === SKIPPED ? SKIPPED : { value, done: false }
    },
    atEnd: () => ({ value: undefined, done: true }),
  }
}

function toMessage(message: Received): WebSocketMessage {
  return typeof message === 'string' ? { type: 'text', data: message } : { type: 'binary', data: message }
}

/** What a callback is given of a message: its value where the route validates messages, and else the message itself. */
export function toDelivered(message: Received, peer: ReadingPeer): unknown {
  return peer.rules.check === null ? toMessage(message) : toValue(message, peer)
}

function toValue(message: Received, peer: ReadingPeer): unknown {
  const { codec } = peer
  return decodePayload(codec.type === 'text' ? toText(message, peer) : toBytes(message, peer), codec, peer)
}

function toText(message: Received, peer: ReadingPeer): string {
  if (typeof message === 'string') return message
  if (peer.rules.onWrongType === 'coerce') return message.toString('utf8')
  throw wrongType('text', peer)
}

function toBytes(message: Received, peer: ReadingPeer): Buffer {
  if (typeof message !== 'string') return message
  if (peer.rules.onWrongType === 'coerce') return Buffer.from(message)
  throw wrongType('binary', peer)
}

function toValueOfBinaryJson(message: Received, peer: ReadingPeer): unknown {
  return decodePayload(toBytes(message, peer).toString('utf8'), jsonCodec, peer)
}

function decodePayload(payload: Received, codec: MessageCodec, peer: ReadingPeer): unknown {
  let value: unknown
  try {
    value = codec.decode(payload, peer.rules.maxDepth)
  } catch (error) {
    return refusePayload(codec, error, peer)
  }
  const { check } = peer.rules
  if (check === null) return value
  const validation = check(value)
  if (validation.ok) return validation.value
  refuseMessage(value, validation.issues, peer)
  return SKIPPED
}

function refusePayload(codec: MessageCodec, cause: unknown, peer: ReadingPeer): typeof SKIPPED {
  const isJson = codec === jsonCodec
  if (peer.rules.onInvalidJson === 'reply') {
    peer.send(peer.codec.encode({ type: 'error', code: isJson ? 'invalid_json' : 'undecodable' }))
    return SKIPPED
  }
  if (peer.rules.onInvalidJson === 'close') peer.close(1007, `Invalid ${codec.name}`)
  throw isJson ? new InvalidJsonError(cause) : new UndecodableMessageError(codec.name, cause)
}

function wrongType(expected: 'text' | 'binary', peer: ReadingPeer): UnsupportedDataError {
  if (peer.rules.onWrongType === 'close') peer.close(1003, `Expected a ${expected} message`)
  return new UnsupportedDataError(expected)
}

function throwDisconnect(disconnect: WebSocketDisconnect): never {
  throw disconnect
}
