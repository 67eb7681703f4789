import type { BinaryCodec } from '../connection/codec.ts'
import { assertMsgpackShape } from './msgpack-shape.ts'

/** MessagePack, on the library that its community keeps. */
export function createMsgpackCodec({ Decoder, Encoder }: typeof import('@msgpack/msgpack')): BinaryCodec {
  const encoder = new Encoder({ ignoreUndefined: true })
  const decoder = new Decoder()
  return {
    name: 'msgpack',
    type: 'binary',
    encode: (value) => encoder.encode(value),
    decode(bytes, maxDepth) {
      assertMsgpackShape(bytes, maxDepth)
      return decoder.decode(bytes)
    },
  }
}
