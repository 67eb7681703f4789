import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Clock, Timer } from '../clock.ts'
import type { ConnectionLimits } from '../connection/limits.ts'
import type { PreparedMessage } from '../connection/prepared-message.ts'
import { byteLengthOf } from '../connection/sendable.ts'
import type {
  BytesListener,
  CloseEvent,
  CloseInitiator,
  Transport,
  TransportListener,
} from '../connection/transport.ts'
import { ControlFrameRate } from './control-frame-rate.ts'

export interface WsWire {
  readonly socket: Duplex
  readonly clock: Clock
  readonly limits: ConnectionLimits
}

/** One open wire of the ws package. */
export class WsTransport implements Transport {
  signsOfLife = 0
  readonly #stream: Duplex
  readonly #websocket: WebSocket
  readonly #clock: Clock
  readonly #closeTimeout: number
  readonly #controlFrames: ControlFrameRate
  /** Messages that ws parsed out of its current chunk after `pause`: it cannot stop in the middle of one. */
  readonly #held: (string | Buffer)[] = []
  #listener: TransportListener | null = null
  #bytesListener: BytesListener | null = null
  #isPaused = false
  #isClosing = false
  #hasEnded = false
  #unsent = 0
  #initiator: CloseInitiator | null = null
  #failure: { readonly code: number; readonly reason: string } | null = null
  #closeTimer: Timer | null = null

  /** @param wire the stream that ws reads */
  constructor(websocket: WebSocket, { socket, clock, limits }: WsWire) {
    this.#websocket = websocket
    this.#stream = socket
    this.#clock = clock
    this.#closeTimeout = limits.closeTimeout
    this.#controlFrames = new ControlFrameRate(limits.controlFrameRate, clock)
    websocket.pause()
    // ws tells of whole messages only, and a large one is long on its way.
    socket.on('data', () => this.signsOfLife++)
    websocket.on('message', (data, isBinary) => this.#websocketOnMessage(data, isBinary))
    websocket.on('ping', () => this.#admitsControlFrame())
    websocket.on('pong', (payload) => this.#websocketOnPong(payload))
    websocket.on('error', (error) => this.#websocketOnError(error))
    websocket.on('close', (code, reason) => this.#websocketOnClose(code, reason.toString()))
  }

  get bufferedAmount(): number {
    return this.#hasEnded ? 0 : this.#websocket.bufferedAmount
  }

  get isReading(): boolean {
    return !this.#stream.isPaused()
  }

  start(listener: TransportListener): void {
    this.#listener = listener
    process.nextTick(() => this.#release())
  }

  send(payload: string | Uint8Array, mayCompress: boolean): number {
    return this.#send(payload, typeof payload === 'string', mayCompress)
  }

  forward(isText: boolean, prefix: Uint8Array, bytes: Buffer, start: number, end: number): void {
    const message = bytes.subarray(start, end)
    this.#send(prefix.length === 0 ? message : Buffer.concat([prefix, message]), isText, true)
  }

  sendPrepared(message: PreparedMessage): void {
    this.#send(message.payload, message.isText, message.mayCompress)
  }

  ping(payload: Uint8Array): void {
    if (this.#websocket.readyState === this.#websocket.OPEN) this.#websocket.ping(payload)
  }

  close(code: number, reason: string): void {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return
    this.#isClosing = true
    this.#initiator ??= 'server'
    this.#held.length = 0
    this.#websocket.close(code, reason)
    this.#closeTimer ??= this.#clock.setTimeout(() => this.#websocket.terminate(), this.#closeTimeout)
    // The peer's close frame must still be read.
    this.#websocket.resume()
  }

  /** ws has handed the queue to the stream already: the close frame goes behind it. */
  fail(code: number, reason: string): void {
    this.close(code, reason)
  }

  failPeer(code: number, reason: string): void {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return
    this.#initiator ??= 'protocol'
    this.#failure = { code, reason }
    this.#listener?.transportOnClosing(code, reason)
    this.close(code, reason)
  }

  passBytesTo(listener: BytesListener): void {
    this.#bytesListener = listener
  }

  terminate(): void {
    this.#isClosing = true
    this.#initiator ??= 'server'
    this.#held.length = 0
    this.#websocket.terminate()
  }

  pause(): void {
    this.#isPaused = true
    // Of a peer that has begun the close, the end of its stream must still be read.
    if (this.#websocket.readyState === this.#websocket.OPEN) this.#websocket.pause()
  }

  resume(): void {
    this.#isPaused = false
    process.nextTick(() => this.#release())
  }

  #send(payload: string | Uint8Array, isText: boolean, mayCompress: boolean): number {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return 0
    this.#unsent++
    const options = { binary: !isText, compress: mayCompress }
    this.#websocket.send(payload, options, (error) => this.#websocketOnSent(error))
    if (this.#websocket.bufferedAmount > 0) this.#listener?.transportOnPending(false)
    return byteLengthOf(payload)
  }

  #release(): void {
    if (this.#listener === null) return
    while (!this.#isPaused) {
      const message = this.#held.shift()
      if (message === undefined) {
        this.signsOfLife++
        this.#websocket.resume()
        return
      }
      this.#listener.transportOnMessage(message, byteLengthOf(message))
    }
  }

  #websocketOnSent(error: Error | null | undefined): void {
    this.#unsent--
    if (error != null) return
    if (this.#unsent === 0) this.#listener?.transportOnDrain()
    else this.#listener?.transportOnPending(true)
  }

  #websocketOnMessage(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return
    const isHeld = this.#isPaused || this.#held.length > 0
    if (!isHeld && this.#bytesListener !== null) {
      const bytes = data as Buffer
      this.#bytesListener.transportOnBytes(!isBinary, bytes, 0, bytes.length)
      return
    }
    const message = isBinary ? (data as Buffer) : data.toString()
    if (isHeld) this.#held.push(message)
    else this.#listener?.transportOnMessage(message, (data as Buffer).length)
  }

  #websocketOnPong(payload: Buffer): void {
    if (this.#admitsControlFrame()) this.#listener?.transportOnPong(payload)
  }

  #admitsControlFrame(): boolean {
    if (this.#controlFrames.admits()) return true
    this.failPeer(1008, 'Too many control frames')
    return false
  }

  #websocketOnError(error: Error & { code?: string }): void {
    const failure = failureOf(error.code)
    if (failure === undefined || this.#isClosing) {
      this.#initiator ??= 'network'
      return
    }
    this.#initiator ??= 'protocol'
    this.#failure = failure
    this.#closeTimer ??= this.#clock.setTimeout(() => this.#websocket.terminate(), this.#closeTimeout)
    this.#listener?.transportOnClosing(failure.code, failure.reason)
  }

  #websocketOnClose(code: number, reason: string): void {
    this.#hasEnded = true
    this.#closeTimer?.cancel()
    // What was parsed before the end still comes before it.
    for (const message of this.#held.splice(0)) this.#listener?.transportOnMessage(message, byteLengthOf(message))
    this.#listener?.transportOnEnd(this.#closeEvent(code, reason))
    this.#listener = null
  }

  #closeEvent(code: number, reason: string): CloseEvent {
    if (this.#failure !== null) return { ...this.#failure, wasClean: false, initiator: 'protocol' }
    const wasClean = code !== 1006
    return { code, reason, wasClean, initiator: this.#initiator ?? (wasClean ? 'client' : 'network') }
  }
}

function failureOf(code = ''): { readonly code: number; readonly reason: string } | undefined {
  // Errors of zlib have a code for each way in which data may be no DEFLATE.
  return code.startsWith('Z_') ? { code: 1007, reason: 'Invalid compressed data' } : FAILURES[code]
}

/** What ws reports of a peer that broke the protocol or a limit, and the close code that it sends then. */
const FAILURES: Readonly<Record<string, { readonly code: number; readonly reason: string }>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: { code: 1009, reason: 'Message is too big' },
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: { code: 1009, reason: 'Message is too big' },
  WS_ERR_TOO_MANY_BUFFERED_PARTS: { code: 1008, reason: 'Too many fragments' },
  WS_ERR_INVALID_UTF8: { code: 1007, reason: 'Invalid UTF-8' },
  WS_ERR_EXPECTED_FIN: { code: 1002, reason: 'Protocol error' },
  WS_ERR_EXPECTED_MASK: { code: 1002, reason: 'Protocol error' },
  WS_ERR_INVALID_CLOSE_CODE: { code: 1002, reason: 'Protocol error' },
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: { code: 1002, reason: 'Protocol error' },
  WS_ERR_INVALID_OPCODE: { code: 1002, reason: 'Protocol error' },
  WS_ERR_UNEXPECTED_MASK: { code: 1002, reason: 'Protocol error' },
  WS_ERR_UNEXPECTED_RSV_1: { code: 1002, reason: 'Protocol error' },
  WS_ERR_UNEXPECTED_RSV_2_3: { code: 1002, reason: 'Protocol error' },
}
