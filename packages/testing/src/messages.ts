import { isAnyArrayBuffer } from 'node:util/types'
import type { WebSocketMessage } from '@sluice/core'
import { TestClientError } from './errors.ts'

/** @throws TestClientError `ERR_MESSAGE_KIND` */
export function textOf(message: WebSocketMessage): string {
  if (message.type === 'text') return message.data
  throw wrongKind('text', message)
}

/** @throws TestClientError `ERR_MESSAGE_KIND` */
export function bytesOf(message: WebSocketMessage): Buffer {
  if (message.type === 'binary') return message.data
  throw wrongKind('binary', message)
}

/** @throws TestClientError `ERR_MESSAGE_KIND`, `ERR_INVALID_JSON` */
export function jsonOf(message: WebSocketMessage, mode: 'text' | 'binary'): unknown {
  const text = mode === 'text' ? textOf(message) : bytesOf(message).toString()
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TestClientError('ERR_INVALID_JSON', `the message is not JSON: ${shown(text)}`, { cause: error })
  }
}

/** @throws TestClientError `ERR_INVALID_PAYLOAD` */
export function jsonTextOf(value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined) return text
  } catch (error) {
    throw new TestClientError('ERR_INVALID_PAYLOAD', `${String(value)} cannot be written as JSON`, { cause: error })
  }
  throw new TestClientError('ERR_INVALID_PAYLOAD', `${typeof value} cannot be written as JSON`)
}

/** The bytes that are to be sent. @throws TestClientError `ERR_INVALID_PAYLOAD` */
export function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (isAnyArrayBuffer(data)) return new Uint8Array(data)
  throw new TestClientError('ERR_INVALID_PAYLOAD', `bytes are an ArrayBuffer or a view of one, got ${typeof data}`)
}

/** A message, for the text of an error. */
export function shownMessage({ type, data }: WebSocketMessage): string {
  return type === 'text' ? `text ${shown(data)}` : `binary of ${data.length} bytes`
}

function wrongKind(expected: string, message: WebSocketMessage): TestClientError {
  return new TestClientError('ERR_MESSAGE_KIND', `expected a ${expected} message, got ${shownMessage(message)}`)
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
