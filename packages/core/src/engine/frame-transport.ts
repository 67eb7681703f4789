import type { Duplex } from 'node:stream'
import {
  type CloseState,
  type CloseStep,
  encodeClosePayload,
  encodeFrame,
  type Failure,
  nextCloseState,
  Opcode,
  Receiver,
  type ReceiverSink,
} from '@sluice/protocol'
import type { Clock, Timer } from '../clock.ts'
import type { ConnectionLimits } from '../connection/limits.ts'
import type { PreparedMessage } from '../connection/prepared-message.ts'
import type { CloseInitiator, Transport, TransportListener } from '../connection/transport.ts'
import { Compressor } from './compressor.ts'
import type { DeflateScheme } from './deflate-scheme.ts'
import { type Flushable, flushSoon } from './flush-queue.ts'
import { Outbox } from './outbox.ts'

/** What a wire begins with. */
export interface OpenWire {
  /** Bytes of the peer that have been read already. */
  readonly head: Buffer
  /** The 101, which goes out before the first frame. */
  readonly response: Uint8Array
  readonly deflate: DeflateScheme | null
  readonly limits: ConnectionLimits
  readonly clock: Clock
}

/** One open wire of our own protocol engine, over any stream. */
export class FrameTransport implements Transport, ReceiverSink, Flushable {
  readonly #socket: TransportSocket
  readonly #outbox: Outbox
  readonly #receiver: Receiver
  #compressor: Compressor | null = null
  readonly #clock: Clock
  readonly #closeTimeout: number
  #listener: TransportListener | null = null
  #head: Buffer | null
  #closeState: CloseState = 'open'
  #code = 1006
  #reason = ''
  #initiator: CloseInitiator | null = null
  #closeTimer: Timer | null = null
  #isPaused = false
  #isReading = false
  #isInflating = false
  #isFlushDue = false

  constructor(socket: Duplex, { head, response, deflate, limits, clock }: OpenWire) {
    this.#socket = socket
    this.#head = head
    this.#clock = clock
    this.#closeTimeout = limits.closeTimeout
    this.#outbox = new Outbox(socket, response)
    const { maxMessageSize, maxFragments } = limits
    if (deflate === null) {
      this.#receiver = new Receiver({ role: 'server', maxMessageSize, maxFragments }, this)
    } else {
      const { inflater } = deflate
      this.#receiver = new Receiver({ role: 'server', maxMessageSize, maxFragments, inflater }, this)
      this.#compressor = new Compressor(deflate, this.#outbox, () => this.#flushLater())
    }
    this.#socket[kTransport] = this
    socket.on('error', socketOnError)
    socket.on('close', socketOnClose)
    socket.on('drain', socketOnDrain)
    socket.on('end', socketOnEnd)
    this.#flushLater()
  }

  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount + (this.#compressor?.heldBytes ?? 0)
  }

  start(listener: TransportListener): void {
    this.#listener = listener
    process.nextTick(startReading, this)
  }

  send(payload: string | Uint8Array, mayCompress: boolean): void {
    if (this.#closeState !== 'open') return
    if (this.#compressor === null) this.#outbox.pushMessage(payload)
    else this.#compressor.pushMessage(payload, mayCompress)
    this.#flushLater()
  }

  sendPrepared(message: PreparedMessage): void {
    if (this.#closeState !== 'open') return
    if (this.#compressor === null) this.#outbox.pushBytes(frameOf(message))
    else this.#compressor.pushPrepared(message)
    this.#flushLater()
  }

  ping(payload: Uint8Array): void {
    if (this.#closeState !== 'open') return
    this.#outbox.pushUrgent(encodeFrame(Opcode.PING, payload))
    this.#flushLater()
  }

  close(code: number, reason: string): void {
    if (this.#closeState !== 'open') return
    this.#initiator = 'server'
    this.#pushInOrder(encodeFrame(Opcode.CLOSE, encodeClosePayload(code, reason)))
    this.#step('send-close')
    this.#finishSoon()
  }

  fail(code: number, reason: string): void {
    this.#fail(code, reason, 'server')
  }

  terminate(): void {
    this.#initiator ??= 'server'
    this.#socket.destroy()
  }

  pause(): void {
    if (this.#closeState !== 'open') return
    this.#isPaused = true
    this.#receiver.pause()
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    process.nextTick(resumeReading, this)
  }

  flush(): void {
    this.#isFlushDue = false
    this.#outbox.flush()
    this.#endIfFinished()
  }

  receiverOnMessage(data: string | Buffer): void {
    if (this.#isInflating) this.#inflated()
    if (this.#closeState === 'open') this.#listener?.transportOnMessage(data)
  }

  receiverOnPing(payload: Buffer): void {
    if (this.#closeState !== 'open') return
    this.#outbox.pushPong(encodeFrame(Opcode.PONG, payload))
    this.#flushLater()
  }

  receiverOnPong(payload: Buffer): void {
    if (this.#closeState === 'open') this.#listener?.transportOnPong(payload)
  }

  receiverOnClose(code: number, reason: string): void {
    this.#code = code
    this.#reason = reason
    this.#initiator ??= 'client'
    this.#step('receive-close')
    if (this.#closeState === 'received') {
      this.#listener?.transportOnClosing(code, reason)
      this.#compressor?.stop()
      this.#outbox.pushBytes(encodeFrame(Opcode.CLOSE, encodeClosePayload(code)))
      this.#step('send-close')
    }
    this.#finishSoon()
  }

  receiverOnFailure({ closeCode, reason }: Failure): void {
    if (this.#closeState !== 'open') {
      this.#socket.destroy()
      return
    }
    this.#code = closeCode
    this.#reason = reason
    this.#listener?.transportOnClosing(closeCode, reason)
    this.#fail(closeCode, reason, 'protocol')
  }

  /** In the turn after `start`. */
  startReading(): void {
    const head = this.#head
    this.#head = null
    if (this.#socket.destroyed) return
    if (head !== null && head.length > 0) this.socketOnData(head)
    this.#socket.on('data', socketOnData)
    if (this.#isPaused) this.#socket.pause()
  }

  /** In the turn after `resume`. */
  resumeReading(): void {
    if (this.#isPaused) return
    this.#isReading = true
    this.#receiver.resume()
    this.#readingDone()
    if (!this.#isPaused && !this.#isInflating) this.#socket.resume()
  }

  socketOnData(chunk: Buffer): void {
    this.#isReading = true
    this.#receiver.receive(chunk)
    this.#readingDone()
  }

  socketOnDrain(): void {
    if (!this.#outbox.isBlocked) return
    this.#outbox.drained()
    if (this.#outbox.bufferedAmount === 0) this.#listener?.transportOnDrain()
    this.#endIfFinished()
  }

  /** The peer has ended its half of the stream, with or without a close frame. */
  socketOnEnd(): void {
    if (this.#socket.writableEnded) return
    if (this.#outbox.bufferedAmount === 0) {
      this.#socket.destroy()
    } else {
      this.#socket.end()
      this.#limitClosing()
    }
  }

  socketOnClose(): void {
    this.#closeTimer?.cancel()
    this.#receiver.stop()
    this.#compressor?.stop()
    this.#outbox.drop()
    this.#step('end-transport')
    const wasClean = this.#closeState === 'clean'
    const listener = this.#listener
    this.#listener = null
    this.#closeState = wasClean ? 'clean' : 'unclean'
    listener?.transportOnEnd({
      code: this.#code,
      reason: this.#reason,
      wasClean,
      initiator: this.#initiator ?? 'network',
    })
  }

  #fail(code: number, reason: string, initiator: CloseInitiator): void {
    if (this.#closeState !== 'open') return
    this.#initiator = initiator
    this.#compressor?.stop()
    // What a peer that reads was sent before still reaches it; for one that does not, the queue would hold the close back.
    if (this.#outbox.isBlocked) this.#outbox.drop()
    this.#outbox.pushBytes(encodeFrame(Opcode.CLOSE, encodeClosePayload(code, reason)))
    this.#step('send-close')
    this.#finishSoon()
  }

  #step(step: CloseStep): void {
    this.#closeState = nextCloseState(this.#closeState, step) ?? this.#closeState
  }

  /** A close frame is on its way: from now on the peer is read only for its own, and not for ever. */
  #finishSoon(): void {
    this.resume()
    this.#limitClosing()
    this.#flushLater()
  }

  #limitClosing(): void {
    this.#closeTimer ??= this.#clock.setTimeout(() => this.#socket.destroy(), this.#closeTimeout)
  }

  #pushInOrder(frame: Uint8Array): void {
    if (this.#compressor === null) this.#outbox.pushBytes(frame)
    else this.#compressor.pushFrame(frame)
  }

  /** The receiver is waiting for zlib: what arrives meanwhile stays in the socket. */
  #awaitInflation(): void {
    this.#isInflating = true
    this.#socket.pause()
  }

  #inflated(): void {
    this.#isInflating = false
    if (!this.#isPaused) this.#socket.resume()
  }

  #readingDone(): void {
    this.#isReading = false
    if (this.#receiver.isInflating && !this.#isInflating) this.#awaitInflation()
    if (this.#isFlushDue) this.flush()
  }

  #flushLater(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    if (!this.#isReading) flushSoon(this)
  }

  /** RFC 6455 section 7.1.1: the server ends the stream first. */
  #endIfFinished(): void {
    const isFinished = this.#closeState === 'exchanged' || this.#initiator === 'protocol'
    if (isFinished && !this.#outbox.isBlocked && !this.#socket.writableEnded) this.#socket.end()
  }
}

function frameOf(message: PreparedMessage): Buffer {
  const { payload } = message
  message.frame ??= encodeFrame(typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY, payload)
  return message.frame
}

/** The listeners of a stream are shared by all transports: four closures for each would be most of its memory. */
const kTransport = Symbol('sluice.transport')
type TransportSocket = Duplex & { [kTransport]?: FrameTransport }

function startReading(transport: FrameTransport): void {
  transport.startReading()
}

function resumeReading(transport: FrameTransport): void {
  transport.resumeReading()
}

function socketOnData(this: TransportSocket, chunk: Buffer): void {
  this[kTransport]?.socketOnData(chunk)
}

function socketOnDrain(this: TransportSocket): void {
  this[kTransport]?.socketOnDrain()
}

function socketOnEnd(this: TransportSocket): void {
  this[kTransport]?.socketOnEnd()
}

function socketOnClose(this: TransportSocket): void {
  this[kTransport]?.socketOnClose()
}

function socketOnError(this: TransportSocket): void {
  this.destroy()
}
