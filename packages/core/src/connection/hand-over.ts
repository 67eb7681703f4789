import { PreparedMessage, type SendOptions } from './prepared-message.ts'
import { count, type Traffic } from './traffic.ts'
import type { Transport } from './transport.ts'

/** Hands one message to the wire, and counts it. */
export function handOver(
  transport: Transport,
  traffic: Traffic,
  message: string | Uint8Array | PreparedMessage,
  options: SendOptions | undefined,
): void {
  if (typeof message !== 'string' && message instanceof PreparedMessage) {
    transport.sendPrepared(message)
    countSent(traffic, message.isText, message.byteLength)
  } else {
    countSent(traffic, typeof message === 'string', transport.send(message, options?.compress !== false))
  }
}

export function countSent({ sent }: Traffic, isText: boolean, bytes: number): void {
  count(isText ? sent.text : sent.binary, bytes)
}
