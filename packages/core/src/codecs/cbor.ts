import type { BinaryCodec } from '../connection/codec.ts'

/** CBOR (RFC 8949), without tags: what JSON can hold, bytes, and integers of 64 bits. */
export function createCborCodec({ decode, encode }: typeof import('cborg')): BinaryCodec {
  return {
    name: 'cbor',
    type: 'binary',
    encode: (value) => encode(value, ENCODE_OPTIONS),
    decode: (bytes) => decode(bytes, DECODE_OPTIONS),
  }
}

const ENCODE_OPTIONS = { ignoreUndefinedProperties: true }
const DECODE_OPTIONS = { allowUndefined: false, rejectDuplicateMapKeys: true }
