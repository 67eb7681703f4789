import { connect, type Socket } from 'node:net'

/** An opening handshake. */
export interface Handshake {
  readonly path: string
  /** Besides those that every handshake has. */
  readonly headers?: Readonly<Record<string, string>>
  /** The address that it comes from: each one of 127.0.0.0/8 has all ports to itself. */
  readonly from?: string
}

export interface Opened {
  readonly socket: Socket
  /** What came behind the 101. */
  readonly rest: Buffer
}

/** The server answered with another status than 101, or with nothing: 0. */
export class Denied extends Error {
  readonly status: number

  constructor(status: number) {
    super(status === 0 ? 'cut during the handshake' : `denied with ${status}`)
    this.name = 'Denied'
    this.status = status
  }
}

/** @throws Denied */
export function shakeHands(port: number, handshake: Handshake): Promise<Opened> {
  const { from = '127.0.0.1' } = handshake
  const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true })
  socket.write(requestOf(handshake))
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    const cut = () => reject(new Denied(statusOf(bytes)))
    // Every error is followed by 'close'.
    socket.on('error', () => {})
    socket.once('close', cut)
    socket.on('data', function read(chunk) {
      bytes = Buffer.concat([bytes, chunk])
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', read)
      if (statusOf(bytes) !== 101) {
        socket.destroy()
        return
      }
      socket.off('close', cut)
      resolve({ socket, rest: bytes.subarray(end + 4) })
    })
  })
}

export function requestOf({ path, headers = {} }: Handshake): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${lines.join('')}\r\n`
  )
}

/** The status of a response, or 0 when there is none. */
export function statusOf(response: Buffer): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response.toString('latin1', 0, 16))?.[1] ?? 0)
}
