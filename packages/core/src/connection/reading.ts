import { parse } from 'secure-json-parse'
import { InvalidJsonError, UnsupportedDataError, type WebSocketDisconnect } from '../errors.ts'
import type { Received } from './inbox.ts'
import type { InvalidJsonPolicy, WrongTypePolicy } from './limits.ts'

/** One message as `receive()` gives it. */
export type WebSocketMessage =
  | { readonly type: 'text'; readonly data: string }
  | { readonly type: 'binary'; readonly data: Buffer }

/** What a reading may do to the connection when a message is not what was asked for. */
export interface ReadingPeer {
  readonly onWrongType: WrongTypePolicy
  readonly onInvalidJson: InvalidJsonPolicy
  close(code: number, reason: string): unknown
  sendText(text: string): unknown
}

/** The message was answered and is none: wait for the next. */
export const SKIPPED: unique symbol = Symbol('skipped')

/** One way to read a message: what it becomes, and what the end of the connection becomes. */
export interface Reading<T> {
  /** @throws UnsupportedDataError, InvalidJsonError */
  convert(message: Received, peer: ReadingPeer): T | typeof SKIPPED
  /** @throws WebSocketDisconnect unless the end is an answer too */
  atEnd(disconnect: WebSocketDisconnect): T
}

export const messageReading: Reading<WebSocketMessage> = { convert: toMessage, atEnd: throwDisconnect }
export const textReading: Reading<string> = { convert: toText, atEnd: throwDisconnect }
export const bytesReading: Reading<Buffer> = { convert: toBytes, atEnd: throwDisconnect }
export const jsonReading: Reading<unknown> = { convert: toJson, atEnd: throwDisconnect }
export const binaryJsonReading: Reading<unknown> = { convert: toJsonFromBytes, atEnd: throwDisconnect }

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

export function toMessage(message: Received): WebSocketMessage {
  return typeof message === 'string' ? { type: 'text', data: message } : { type: 'binary', data: message }
}

function toText(message: Received, peer: ReadingPeer): string {
  if (typeof message === 'string') return message
  if (peer.onWrongType === 'coerce') return message.toString('utf8')
  throw wrongType('text', peer)
}

function toBytes(message: Received, peer: ReadingPeer): Buffer {
  if (typeof message !== 'string') return message
  if (peer.onWrongType === 'coerce') return Buffer.from(message)
  throw wrongType('binary', peer)
}

function toJson(message: Received, peer: ReadingPeer): unknown {
  return parseJson(toText(message, peer), peer)
}

function toJsonFromBytes(message: Received, peer: ReadingPeer): unknown {
  return parseJson(toBytes(message, peer).toString('utf8'), peer)
}

function parseJson(text: string, peer: ReadingPeer): unknown {
  try {
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch (error) {
    if (peer.onInvalidJson === 'reply') {
      peer.sendText(INVALID_JSON_REPLY)
      return SKIPPED
    }
    if (peer.onInvalidJson === 'close') peer.close(1007, 'Invalid JSON')
    throw new InvalidJsonError(error)
  }
}

const INVALID_JSON_REPLY = JSON.stringify({ type: 'error', code: 'invalid_json' })

function wrongType(expected: 'text' | 'binary', peer: ReadingPeer): UnsupportedDataError {
  if (peer.onWrongType === 'close') peer.close(1003, `Expected a ${expected} message`)
  return new UnsupportedDataError(expected)
}

function throwDisconnect(disconnect: WebSocketDisconnect): never {
  throw disconnect
}
