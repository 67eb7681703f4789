import { isDeepStrictEqual } from 'node:util'
import type { WebSocketMessage } from '@sluice/core'
import { toBytes } from './messages.ts'

/** What a message must be: text, a pattern of the text, bytes, or the value of its JSON. */
export type ExpectedMessage = string | RegExp | ArrayBuffer | ArrayBufferView | object

/** What there is and what there should be, in a form that can be compared by eye. */
export interface Difference {
  readonly actual: unknown
  readonly expected: unknown
}

/** @returns null when the message is the expected one */
export function differenceOf(message: WebSocketMessage, expected: ExpectedMessage): Difference | null {
  if (typeof expected === 'string') return compare(message.data, expected)
  if (expected instanceof RegExp) {
    const matches = message.type === 'text' && expected.test(message.data)
    return matches ? null : { actual: message.data, expected }
  }
  if (ArrayBuffer.isView(expected) || expected instanceof ArrayBuffer) return compare(message.data, bytesOf(expected))
  return compare(jsonValueOf(message), expected)
}

function compare(actual: unknown, expected: unknown): Difference | null {
  return isDeepStrictEqual(actual, expected) ? null : { actual, expected }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Buffer {
  const bytes = toBytes(data)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A message that is no JSON is compared as it is. */
function jsonValueOf({ type, data }: WebSocketMessage): unknown {
  try {
    return JSON.parse(type === 'text' ? data : data.toString())
  } catch {
    return data
  }
}
