import type { Duplex } from 'node:stream'
import { type BytesSink, encodeClosePayload, encodeFrame, type Failure, Opcode } from '@sluice/protocol'
import type { Clock } from '../clock.ts'
import type { ConnectionLimits } from '../connection/limits.ts'
import type { PreparedMessage } from '../connection/prepared-message.ts'
import type { BytesListener, CloseInitiator, Transport, TransportListener } from '../connection/transport.ts'
import { ClosingHandshake } from './closing-handshake.ts'
import { Compressor } from './compressor.ts'
import { ControlFrameRate } from './control-frame-rate.ts'
import type { DeflateScheme } from './deflate-scheme.ts'
import { type Flushable, flushSoon } from './flush-queue.ts'
import { deadlinesOf } from './message-deadlines.ts'
import { Outbox, type OutboxOwner } from './outbox.ts'
import { frameOf } from './prepared-frames.ts'
import { listenTo } from './stream-listener.ts'
import { StreamReceiver, type StreamReceiverSink } from './stream-receiver.ts'

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
export class FrameTransport implements Transport, StreamReceiverSink, BytesSink, OutboxOwner, Flushable {
  readonly #stream: Duplex
  readonly #outbox: Outbox
  readonly #receiver: StreamReceiver
  readonly #compressor: Compressor | null
  readonly #clock: Clock
  readonly #limits: ConnectionLimits
  #listener: TransportListener | null = null
  #bytesListener: BytesListener | null = null
  /** Null while messages pass in both directions. */
  #closing: ClosingHandshake | null = null
  #controlFrames: ControlFrameRate | null = null
  #isFlushDue = false

  constructor(stream: Duplex, { head, response, deflate, limits, clock }: OpenWire) {
    const { maxMessageSize, maxFragments, messageTimeout } = limits
    const inflation = deflate === null ? {} : { inflater: deflate.inflater, maxInflatedSize: deflate.maxInflatedSize }
    const source = { stream, head, deadlines: deadlinesOf(clock, messageTimeout) }
    this.#stream = stream
    this.#outbox = new Outbox(stream, response, this)
    this.#receiver = new StreamReceiver({ role: 'server', maxMessageSize, maxFragments, ...inflation }, source, this)
    this.#compressor = deflate === null ? null : new Compressor(deflate, this.#outbox, () => this.#flushLater())
    this.#clock = clock
    this.#limits = limits
    listenTo(stream, this)
    this.#flushLater()
  }

  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount + (this.#compressor?.heldBytes ?? 0)
  }

  get signsOfLife(): number {
    return this.#receiver.signsOfLife
  }

  get isReading(): boolean {
    return this.#receiver.isFlowing
  }

  start(listener: TransportListener): void {
    this.#listener = listener
    this.#receiver.start()
  }

  send(payload: string | Uint8Array, mayCompress: boolean): number {
    if (this.#closing !== null) return 0
    this.#flushLater()
    if (this.#compressor === null) return this.#outbox.pushMessage(payload)
    return this.#compressor.pushMessage(payload, mayCompress)
  }

  forward(isText: boolean, prefix: Uint8Array, bytes: Buffer, start: number, end: number): void {
    if (this.#closing !== null) return
    if (this.#compressor === null) {
      this.#outbox.pushBytes(isText ? Opcode.TEXT : Opcode.BINARY, prefix, bytes, start, end)
    } else {
      const payload = Buffer.concat([prefix, bytes.subarray(start, end)])
      this.#compressor.pushMessage(isText ? payload.toString() : payload, true)
    }
    this.#flushLater()
  }

  sendPrepared(message: PreparedMessage): void {
    if (this.#closing !== null) return
    if (this.#compressor === null) this.#outbox.pushFrame(frameOf(message))
    else this.#compressor.pushPrepared(message)
    this.#flushLater()
  }

  ping(payload: Uint8Array): void {
    if (this.#closing !== null) return
    this.#outbox.pushUrgent(encodeFrame(Opcode.PING, payload))
    this.#flushLater()
  }

  close(code: number, reason: string): void {
    if (this.#closing !== null) return
    const frame = encodeFrame(Opcode.CLOSE, encodeClosePayload(code, reason))
    if (this.#compressor === null) this.#outbox.pushFrame(frame)
    else this.#compressor.pushFrame(frame)
    this.#ending.sent('server')
    this.#finishSoon()
  }

  fail(code: number, reason: string): void {
    if (this.#closing !== null) return
    this.#sendCloseNow(encodeClosePayload(code, reason), 'server')
    this.#finishSoon()
  }

  failPeer(code: number, reason: string): void {
    if (this.#closing !== null) return
    this.#receiver.stop()
    this.#peerFailed(code, reason)
  }

  passBytesTo(listener: BytesListener): void {
    this.#bytesListener = listener
    this.#receiver.bytesSink = this
  }

  terminate(): void {
    this.#ending.cut()
  }

  pause(): void {
    if (this.#closing === null) this.#receiver.pause()
  }

  resume(): void {
    this.#receiver.resume()
  }

  flush(): void {
    this.#isFlushDue = false
    this.#outbox.flush()
    this.#tellWhatWaits(false)
  }

  outboxOnTaken(): void {
    this.#tellWhatWaits(true)
  }

  receiverOnMessage(data: string | Buffer, bytes: number): void {
    this.#receiver.noteProgress()
    if (this.#closing === null) this.#listener?.transportOnMessage(data, bytes)
  }

  receiverOnBytes(isText: boolean, bytes: Buffer, start: number, end: number): void {
    this.#receiver.noteProgress()
    if (this.#closing === null) this.#bytesListener?.transportOnBytes(isText, bytes, start, end)
  }

  receiverOnPing(payload: Buffer): void {
    if (this.#closing !== null || !this.#admitsControlFrame()) return
    this.#outbox.pushPong(encodeFrame(Opcode.PONG, payload))
    this.#flushLater()
  }

  receiverOnPong(payload: Buffer): void {
    if (this.#closing === null && this.#admitsControlFrame()) this.#listener?.transportOnPong(payload)
  }

  receiverOnClose(code: number, reason: string): void {
    const isAnswer = this.#closing !== null
    this.#ending.received(code, reason)
    if (!isAnswer) {
      this.#listener?.transportOnClosing(code, reason)
      this.#sendClose(encodeClosePayload(code), 'client')
    }
    this.#finishSoon()
  }

  receiverOnFailure({ closeCode, reason }: Failure): void {
    this.#peerFailed(closeCode, reason)
  }

  receiverOnLate(): void {
    this.#peerFailed(1008, 'Message took too long')
  }

  receiverOnChunkRead(): void {
    if (this.#isFlushDue) this.flush()
  }

  streamOnData(chunk: Buffer): void {
    this.#receiver.receive(chunk)
  }

  streamOnEnd(): void {
    if (this.#stream.writableEnded) return
    if (this.bufferedAmount === 0) {
      this.#stream.destroy()
      return
    }
    // It may have ended its half only, and still read what it was sent.
    if (this.#closing === null) this.#listener?.transportOnClosing(1006, '')
    this.#ending.peerLeft()
    this.#flushLater()
  }

  streamOnClose(): void {
    this.#receiver.stop()
    this.#compressor?.stop()
    this.#outbox.streamEnded()
    const event = this.#ending.end()
    this.#listener?.transportOnEnd(event)
    this.#listener = null
  }

  #tellWhatWaits(hasMoved: boolean): void {
    if (this.bufferedAmount === 0) this.#listener?.transportOnDrain()
    else this.#listener?.transportOnPending(hasMoved)
    this.#endIfFinished()
  }

  /** The end begins, unless it has. */
  get #ending(): ClosingHandshake {
    this.#closing ??= new ClosingHandshake(this.#stream, this.#clock, this.#limits.closeTimeout)
    return this.#closing
  }

  #admitsControlFrame(): boolean {
    this.#controlFrames ??= new ControlFrameRate(this.#limits.controlFrameRate, this.#clock)
    if (this.#controlFrames.admits()) return true
    this.failPeer(1008, 'Too many control frames')
    return false
  }

  #peerFailed(closeCode: number, reason: string): void {
    if (this.#closing === null) {
      this.#ending.failed(closeCode, reason)
      this.#listener?.transportOnClosing(closeCode, reason)
      this.#sendCloseNow(encodeClosePayload(closeCode, reason), 'protocol')
    } else {
      this.#ending.peerLeft()
    }
    this.#finishSoon()
  }

  /** What a peer that reads was sent before still reaches it; for one that does not, the queue would hold the close back. */
  #sendCloseNow(payload: Uint8Array, initiator: CloseInitiator): void {
    if (this.#outbox.isBlocked) this.#outbox.drop()
    this.#sendClose(payload, initiator)
  }

  /** Behind what is queued, but not behind what waits for zlib. */
  #sendClose(payload: Uint8Array, initiator: CloseInitiator): void {
    this.#compressor?.stop()
    this.#outbox.pushFrame(encodeFrame(Opcode.CLOSE, payload))
    this.#ending.sent(initiator)
  }

  /** From now on the peer is read only for its close frame and the end of the stream. */
  #finishSoon(): void {
    this.resume()
    this.#flushLater()
  }

  #flushLater(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    if (!this.#receiver.isReading) flushSoon(this)
  }

  /** RFC 6455 section 7.1.1: the server ends the stream first, behind all that is queued. */
  #endIfFinished(): void {
    if (this.#closing?.isFinished !== true || this.#outbox.isBlocked || !this.#stream.writable) return
    if (this.#compressor === null || this.#compressor.heldBytes === 0) this.#stream.end()
  }
}
