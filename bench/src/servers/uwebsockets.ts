import { createRequire } from 'node:module'
import { serve } from './control.ts'

/** The part of uWebSockets.js that this server uses. The package is no dependency of the workspace: see `peers.ts`. */
interface NativeModule {
  App(): NativeApp
  us_socket_local_port(listenSocket: object): number
}
interface NativeApp {
  ws(path: string, behavior: NativeBehavior): NativeApp
  publish(topic: string, message: ArrayBuffer, isBinary: boolean): boolean
  listen(host: string, port: number, onListening: (listenSocket: object | false) => void): NativeApp
}
interface NativeBehavior {
  maxPayloadLength: number
  maxBackpressure: number
  open?(socket: NativeSocket): void
  message(socket: NativeSocket, message: ArrayBuffer, isBinary: boolean): void
}
interface NativeSocket {
  send(message: ArrayBuffer, isBinary: boolean): number
  subscribe(topic: string): boolean
}

const [directory = ''] = process.argv.slice(2)
const native: NativeModule = createRequire(`${directory}/`)('uwebsockets')

// Its own defaults, 16 and 64 KiB, would refuse the large messages or drop their answers.
const limits = { maxPayloadLength: 1024 * 1024, maxBackpressure: 1024 * 1024 }

const app = native
  .App()
  .ws('/echo', {
    ...limits,
    message: (socket, message, isBinary) => {
      socket.send(message, isBinary)
    },
  })
  .ws('/fan-out', {
    ...limits,
    open: (socket) => {
      socket.subscribe('everyone')
    },
    message: (_socket, message, isBinary) => {
      app.publish('everyone', message, isBinary)
    },
  })
  .listen('127.0.0.1', 0, (listenSocket) => {
    if (listenSocket === false) throw new Error('uWebSockets.js could not listen')
    serve(native.us_socket_local_port(listenSocket))
  })
