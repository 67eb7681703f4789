import { Deflater, Inflater } from '@sluice/protocol'

/** The payload of a compressed message. */
export function deflate(message: Buffer): Promise<Buffer> {
  const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
  return new Promise((resolve, reject) => {
    deflater.deflate(message, (payload) =>
      payload === undefined ? reject(new Error('not smaller')) : resolve(payload),
    )
  })
}

/** The message in such a payload. */
export function inflate(payload: Buffer): Promise<Buffer> {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false })
  return new Promise((resolve, reject) => {
    inflater.inflate(payload, 1e8, (result) =>
      result.ok ? resolve(result.data) : reject(new Error(result.failure.code)),
    )
  })
}

/** Bytes that compress to half their length. */
export function varied(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = length
  for (let index = 0; index < length; index++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223
    bytes[index] = state >>> 28
  }
  return bytes
}
