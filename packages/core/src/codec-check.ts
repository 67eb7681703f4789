import { types } from 'node:util'

/** Says what is wrong with the option `codec`, or nothing. */
export function checkCodecOption(value: unknown): string | undefined {
  if (isCodec(value)) return undefined
  const isTable = typeof value === 'object' && value !== null && Object.values(value).every(isCodec)
  return isTable && !Array.isArray(value) ? undefined : EXPECTED
}

const EXPECTED = `'json', 'msgpack', 'cbor', a codec { name, type: 'text' or 'binary', encode, decode } that is not async, or a table of these by subprotocol`

function isCodec(value: unknown): boolean {
  if (typeof value === 'string') return value === 'json' || value === 'msgpack' || value === 'cbor'
  if (typeof value !== 'object' || value === null) return false
  const { name, type, encode, decode } = value as Record<string, unknown>
  return typeof name === 'string' && (type === 'text' || type === 'binary') && [encode, decode].every(isSynchronous)
}

/** A promise would be taken for the value. */
function isSynchronous(given: unknown): boolean {
  return typeof given === 'function' && !types.isAsyncFunction(given)
}
