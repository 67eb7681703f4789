import { Buffer } from 'node:buffer'
import type { WsDeflate } from '../../fuzz/ws-internals.ts'
import type { Deflater, InflateResult, Inflater } from '../../src/index.ts'

export const ALL_WINDOW_BITS = [8, 9, 10, 11, 12, 13, 14, 15]

export const deflate = (deflater: Deflater, message: string | Uint8Array) =>
  new Promise<Buffer | undefined>((resolve) => deflater.deflate(message, resolve))
export const inflate = (inflater: Inflater, payload: Buffer, maxLength = 1_048_576) =>
  new Promise<InflateResult>((resolve) => inflater.inflate(payload, maxLength, resolve))
export const wsCompress = (codec: WsDeflate, data: Buffer) =>
  new Promise<Buffer>((resolve, reject) =>
    codec.compress(data, true, (error, output) => (error === null ? resolve(Buffer.from(output)) : reject(error))),
  )
export const wsDecompress = (codec: WsDeflate, data: Buffer) =>
  new Promise<Buffer>((resolve, reject) =>
    codec.decompress(data, true, (error, output) => (error === null ? resolve(Buffer.from(output)) : reject(error))),
  )

/** Messages that repeat themselves and one another, at all sorts of distances, some too large to be handled at once. */
export function createMessages(count: number, seed: number): Buffer[] {
  const words = ['alpha', 'beta', 'gamma', '{"id":', '"name":"', 'ü', '😀', '\n', '  ', '0123456789']
  let state = seed
  const next = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  return Array.from({ length: count }, (_, index) => {
    const length = index % 17 === 16 ? 8000 : next(300)
    return Buffer.from(Array.from({ length }, () => words[next(words.length)] ?? '').join(index % 3 === 0 ? '' : ','))
  })
}
