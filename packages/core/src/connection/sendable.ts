import { isAnyArrayBuffer } from 'node:util/types'
import { SluiceError } from '../errors.ts'

/** Text or bytes that can be sent as one message. */
export type Sendable = string | ArrayBuffer | ArrayBufferView

/** What every send that need not wait returns: a promise a message is what a fast path cannot afford. */
export const SENT: Promise<void> = Promise.resolve()

const LARGEST_CONTROL_PAYLOAD = 125

/** What goes on the wire, without a copy, or null for a value that is no message. */
export function toPayload(data: unknown): string | Uint8Array | null {
  if (typeof data === 'string' || data instanceof Uint8Array) return data
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (isAnyArrayBuffer(data)) return new Uint8Array(data)
  return null
}

/** How many bytes a payload is on the wire. */
export function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
}

/** The payload of a control frame (RFC 6455 section 5.5), or null when it is too large or no payload. */
export function toControlPayload(data: unknown): Uint8Array | null {
  const payload = typeof data === 'string' ? Buffer.from(data) : toPayload(data)
  return payload instanceof Uint8Array && payload.length <= LARGEST_CONTROL_PAYLOAD ? payload : null
}

/** The JSON text of a value. @throws SluiceError `ERR_INVALID_PAYLOAD` for what JSON cannot hold */
export function toJsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new SluiceError('ERR_INVALID_PAYLOAD', 'the value cannot be written as JSON', { cause: error })
  }
  if (text === undefined) throw new SluiceError('ERR_INVALID_PAYLOAD', `JSON cannot hold ${typeof value}`)
  return text
}

export function unsendable(data: unknown): SluiceError {
  const kind = data === null ? 'null' : typeof data
  return new SluiceError('ERR_INVALID_PAYLOAD', `a message is a string or bytes, got ${kind}`)
}

/** A rejection that ends no process when nobody awaits it: a late send is the caller's to ignore. */
export function rejected<T>(error: unknown): Promise<T> {
  return quiet(Promise.reject<T>(error))
}

/** A promise to be settled later, whose rejection ends no process when nobody awaits it. */
export function quietResolvers<T>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>()
  void quiet(resolvers.promise)
  return resolvers
}

/** The same promise, whose rejection ends no process when nobody awaits it. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore)
  return promise
}

function ignore(): void {}
