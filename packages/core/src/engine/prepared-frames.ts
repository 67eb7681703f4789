import { encodeFrame, Opcode } from '@sluice/protocol'
import { type PreparedMessage, SharedFrame } from '../connection/prepared-message.ts'
import type { DeflateScheme } from './deflate-scheme.ts'

/** The frame of a prepared message as it is, made once for all connections. */
export function frameOf(message: PreparedMessage): Buffer {
  message.frame ??= encodeFrame(message.isText ? Opcode.TEXT : Opcode.BINARY, message.payload)
  return message.frame
}

/** The compressed frame of a prepared message, made once for all connections with the same scheme. */
export function sharedFrameOf(message: PreparedMessage, { key, deflater }: DeflateScheme): SharedFrame {
  message.compressed ??= new Map()
  const known = message.compressed.get(key)
  if (known !== undefined) return known
  const frame = new SharedFrame()
  message.compressed.set(key, frame)
  deflater.deflate(message.payload, (deflated) => {
    frame.resolve(deflated === undefined ? frameOf(message) : encodeDeflated(message.isText, deflated))
  })
  return frame
}

/** The frame of a message that was compressed. */
export function encodeDeflated(isText: boolean, deflated: Uint8Array): Buffer {
  return encodeFrame(isText ? Opcode.TEXT : Opcode.BINARY, deflated, { rsv1: true })
}

export function opcodeOf(payload: string | Uint8Array): Opcode {
  return typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY
}
