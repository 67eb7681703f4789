import net, { type Socket } from 'node:net'
import { FrameCounter } from './frames.ts'
import type { LoadPlan } from './plan.ts'

/** Where to connect and how to open the conversation. */
export type Target = Pick<LoadPlan, 'port' | 'request' | 'greeting'>

/** What a raw client connection reports. */
export interface ClientListener {
  /** The server answered 101, and the greeting where there is one. */
  clientOnOpen(socket: Socket): void
  /** Bytes after the handshake. They are overwritten when the call returns. */
  clientOnBytes(socket: Socket, bytes: Buffer): void
  /** The connection ended without being destroyed by us. */
  clientOnFailure(error: Error): void
}

const READ_BUFFER = Buffer.alloc(256 * 1024)

/** Opens one WebSocket connection on a raw socket that reads into one shared buffer. */
export function openClient(target: Target, listener: ClientListener): Socket {
  let receive = receiveHead
  let head = Buffer.alloc(0)
  const counter = new FrameCounter()
  let greeted = false

  const socket: Socket = net.connect({
    host: '127.0.0.1',
    port: target.port,
    noDelay: true,
    onread: {
      buffer: READ_BUFFER,
      callback: (length) => {
        receive(READ_BUFFER.subarray(0, length))
        return true
      },
    },
  })
  socket.on('error', (error) => listener.clientOnFailure(error))
  socket.on('end', () => listener.clientOnFailure(new Error('the server ended a connection')))
  socket.write(target.request)
  return socket

  function receiveHead(bytes: Buffer): void {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    if (!head.toString('latin1', 0, 12).startsWith('HTTP/1.1 101')) {
      socket.destroy()
      listener.clientOnFailure(new Error(`the handshake was denied: ${head.toString('latin1', 0, end)}`))
      return
    }
    const rest = head.subarray(end + 4)
    if (target.greeting.length === 0) open()
    else receive = receiveGreeting
    if (rest.length > 0) receive(rest)
  }

  function receiveGreeting(bytes: Buffer): void {
    let frames = counter.count(bytes)
    if (!greeted && frames > 0) {
      frames -= 1
      greeted = true
      socket.write(target.greeting)
    }
    if (greeted && frames > 0) open()
  }

  function open(): void {
    receive = (bytes) => listener.clientOnBytes(socket, bytes)
    listener.clientOnOpen(socket)
  }
}
