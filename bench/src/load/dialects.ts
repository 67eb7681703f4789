import { encodeClientFrame, OPCODE } from './frames.ts'

/** What a message carries: a string as text, bytes as binary. */
export type Payload = string | Buffer

/** What a route of a server is for. */
export type Purpose = 'echo' | 'fan-out' | 'checked'

/** How a server's clients speak on top of WebSocket frames. */
export interface Dialect {
  /** The request target of the upgrade. */
  target(purpose: Purpose): string
  /** The client's answer to the server's first frame; empty where the conversation begins with the 101. */
  readonly greeting: Buffer
  /** The masked frames of one message. */
  encodeMessage(purpose: Purpose, payload: Payload): Buffer
  /** Data frames for each message of this kind. */
  framesPerMessage(payload: Payload): number
  /** The payload of a message from its frames. */
  decodeMessage(frames: readonly ServerFrame[]): Payload
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** Plain WebSocket: one message is one frame, and each purpose has its path. */
export const PLAIN: Dialect = {
  target: (purpose) => `/${purpose}`,
  greeting: Buffer.alloc(0),
  encodeMessage: (_purpose, payload) => encodePayload(payload),
  framesPerMessage: () => 1,
  decodeMessage: ([frame]) => decodeFrame(frame),
}

/**
 * Socket.IO 5 over Engine.IO 4, WebSocket transport only. A purpose is an event name. A text message is one packet in
 * one frame; a binary one is a packet with a placeholder and a frame with the bytes. A connection is open when its
 * namespace is, since nothing can be sent before.
 */
export const SOCKET_IO: Dialect = {
  target: () => '/socket.io/?EIO=4&transport=websocket',
  greeting: encodePayload('40'),
  encodeMessage: (purpose, payload) =>
    typeof payload === 'string'
      ? encodePayload(`42${JSON.stringify([purpose, payload])}`)
      : Buffer.concat([
          encodePayload(`451-${JSON.stringify([purpose, { _placeholder: true, num: 0 }])}`),
          encodePayload(payload),
        ]),
  framesPerMessage: (payload) => (typeof payload === 'string' ? 1 : 2),
  decodeMessage: ([packet, attachment]) => {
    if (attachment !== undefined) return decodeFrame(attachment)
    const [, payload]: unknown[] = JSON.parse(String(packet?.payload.subarray(2)))
    return String(payload)
  },
}

/** The opening handshake (RFC 6455 section 4.1), as one block of bytes. */
export function encodeRequest(target: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = [
    `GET ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

function encodePayload(payload: Payload): Buffer {
  return typeof payload === 'string'
    ? encodeClientFrame(OPCODE.text, Buffer.from(payload))
    : encodeClientFrame(OPCODE.binary, payload)
}

function decodeFrame(frame: ServerFrame | undefined): Payload {
  if (frame === undefined) throw new TypeError('a message has at least one frame')
  return frame.opcode === OPCODE.text ? frame.payload.toString() : Buffer.from(frame.payload)
}
