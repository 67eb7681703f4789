import { createServer, type Socket } from 'node:net'
import { encodeFrame, type Frame } from './frame.ts'
import { acceptValue, formatHead, type Head, parseHead, requestObjection } from './handshake.ts'
import { type Agreement, agree, type DeflateParameters, formatExtension, parseExtensions } from './negotiation.ts'
import { Peer } from './peer.ts'

/** Chooses the answer to a client's offers, or `undefined` for none. */
export type Chooser = (offers: readonly DeflateParameters[]) => DeflateParameters | undefined

export interface Listener {
  readonly port: number
  /**
   * Waits for the client testee to open `path`.
   * @throws Error when it does not come in time, or not as RFC 6455 section 4.1 wants it
   */
  expect(path: string, options: ExpectOptions): Promise<Peer>
  close(): void
}

export interface ExpectOptions {
  /** Answers the offers of permessage-deflate; without it they are declined. */
  readonly choose?: Chooser
  /** Frames written in the same segment as the 101. */
  readonly glued?: readonly Frame[]
  readonly timeout: number
}

type Caller = (socket: Socket, head: Head) => void

/** A server for client testees: every case is a path of its own. */
export function listen(): Promise<Listener> {
  const callers = new Map<string, Caller>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    readRequest(socket, (head) => {
      const path = head.startLine.split(' ')[1] ?? ''
      const caller = callers.get(path)
      if (caller === undefined) socket.destroy()
      else caller(socket, head)
    })
  })

  function expectCaller(path: string, options: ExpectOptions): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        callers.delete(path)
        reject(new Error(`the client testee did not open ${path} in ${options.timeout} ms`))
      }, options.timeout)
      callers.set(path, (socket, head) => {
        clearTimeout(timer)
        callers.delete(path)
        try {
          resolve(answer(socket, head, options))
        } catch (error) {
          socket.destroy()
          reject(error)
        }
      })
    })
  }

  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the listener has no port')
      resolve({
        port: address.port,
        expect: expectCaller,
        close() {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      })
    })
  })
}

/** Reads the head of an upgrade request. */
export function readRequest(socket: Socket, then: (head: Head) => void): void {
  let bytes: Buffer = Buffer.alloc(0)
  socket.on('data', function onData(chunk) {
    bytes = Buffer.concat([bytes, chunk])
    const head = parseHead(bytes)
    if (head === undefined) return
    socket.off('data', onData)
    then(head)
  })
}

function answer(socket: Socket, head: Head, options: ExpectOptions): Peer {
  const wrong = requestObjection(head)
  if (wrong !== undefined) throw new Error(wrong)
  const key = head.headers.get('sec-websocket-key') ?? ''
  const offers = parseExtensions(head)
  const chosen = offers.length > 0 ? options.choose?.(offers) : undefined
  const agreement: Agreement | undefined = chosen && agree(offers, chosen)
  const response = formatHead('HTTP/1.1 101 Switching Protocols', {
    Upgrade: 'WebSocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptValue(key),
    'Sec-WebSocket-Extensions': chosen && formatExtension(chosen),
  })
  const glued = (options.glued ?? []).map((frame) => encodeFrame(frame, 'server'))
  const peer = new Peer(socket, { role: 'server', ...(agreement !== undefined && { agreement }) })
  socket.write(Buffer.concat([response, ...glued]))
  peer.unshift(head.rest)
  return peer
}
