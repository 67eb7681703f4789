import { parse } from 'secure-json-parse'
import { SluiceError } from '../errors.ts'
import { assertHarmless, isTextDeeperThan } from './depth.ts'
import { toJsonText } from './sendable.ts'

/** A codec of your own whose messages are text. */
export interface TextCodec {
  /** What errors and close reasons call it. */
  readonly name: string
  readonly type: 'text'
  encode(value: unknown): string
  /** Whatever it throws makes the message one that cannot be decoded. @param maxDepth checked afterwards in any case */
  decode(text: string, maxDepth: number): unknown
}

/** A codec of your own whose messages are binary. */
export interface BinaryCodec {
  /** What errors and close reasons call it. */
  readonly name: string
  readonly type: 'binary'
  encode(value: unknown): Uint8Array
  /** Whatever it throws makes the message one that cannot be decoded. @param maxDepth checked afterwards in any case */
  decode(bytes: Buffer, maxDepth: number): unknown
}

/** How values become messages, and messages values. Neither way may be asynchronous. */
export type Codec = TextCodec | BinaryCodec

/** A codec as connections use it. */
export interface MessageCodec {
  readonly name: string
  /** The kind of its messages. */
  readonly type: 'text' | 'binary'
  /** @throws SluiceError `ERR_INVALID_PAYLOAD` for a value that it cannot hold */
  encode(value: unknown): string | Uint8Array
  /**
   * @param payload text or bytes, as its `type` says
   * @param maxDepth how many arrays and objects may be inside one another
   * @throws Error for what is malformed, too deep, or pollutes prototypes
   */
  decode(payload: string | Buffer, maxDepth: number): unknown
}

export const jsonCodec: MessageCodec = {
  name: 'JSON',
  type: 'text',
  encode: toJsonText,
  decode(payload, maxDepth) {
    const text = payload as string
    if (isTextDeeperThan(text, maxDepth)) throw new Error('nested too deeply')
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  },
}

/** Holds a codec of somebody else to the rules. */
export function strictCodec(codec: Codec): MessageCodec {
  const { name, type } = codec
  return {
    name,
    type,
    encode(value) {
      let payload: unknown
      try {
        payload = codec.encode(value)
      } catch (error) {
        throw new SluiceError('ERR_INVALID_PAYLOAD', `the value cannot be written as ${name}`, { cause: error })
      }
      if (type === 'text' ? typeof payload === 'string' : payload instanceof Uint8Array) return payload as string
      throw new SluiceError('ERR_INVALID_PAYLOAD', `the codec ${name} gave no ${type} message`)
    },
    decode(payload, maxDepth) {
      const value = codec.decode(payload as string & Buffer, maxDepth)
      assertHarmless(value, maxDepth)
      return value
    },
  }
}
