import { isSendableCloseCode, truncateReason } from '../close-codes.ts'
import { CloseCodeError, SluiceError } from '../errors.ts'
import type { MessageCodec } from './codec.ts'
import { type Consumer, Delivery } from './delivery.ts'
import { Ending } from './ending.ts'
import { HEARTBEAT_PAYLOAD } from './heartbeat.ts'
import { Inbox, type Received } from './inbox.ts'
import { PingLedger } from './ping-ledger.ts'
import { type Reading, type ReadingPeer, type ReadingRules, SKIPPED } from './reading.ts'
import { type PauseReason, ReadingPauses } from './reading-pauses.ts'
import { rejected, SENT, toControlPayload } from './sendable.ts'
import { Sender } from './sender.ts'
import { type ConnectionState, transition } from './state.ts'
import { count } from './traffic.ts'
import type { BytesListener, CloseEvent, Transport, TransportListener } from './transport.ts'
import { type ReceiveOptions, WaitingReceives } from './waiting-receives.ts'
import { Watches, type WatchesOwner } from './watches.ts'

/** What is left to do for a connection. */
export interface PendingWork {
  /** Messages that nobody has asked for yet. */
  readonly messages: number
  /** Bytes that the stream has not taken. */
  readonly bytes: number
  /** A callback handles a message, or a handler has asked for messages and does not wait for one now. */
  readonly isHandling: boolean
}

/** One WebSocket from its `accept` to its end, on any transport: what is sent, received and awaited. */
export abstract class Conversation
  extends Sender
  implements TransportListener, BytesListener, ReadingPeer, WatchesOwner
{
  #state: ConnectionState = 'connecting'
  #pauses: ReadingPauses | null = null
  #inbox: Inbox | null = null
  #delivery: Delivery | null = null
  #receives: WaitingReceives | null = null
  #pings: PingLedger | null = null
  #watches: Watches | null = null
  /** For a message, at least once. */
  #hasAsked = false
  readonly #ending = new Ending()

  abstract readonly rules: ReadingRules
  abstract readonly codec: MessageCodec

  get state(): ConnectionState {
    return this.#state
  }

  /** For the test client, which waits until it is done. */
  get pending(): PendingWork {
    return {
      messages: this.#inbox?.size ?? 0,
      bytes: this.bufferedAmount,
      isHandling: this.#isHandling,
    }
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get closed(): Promise<CloseEvent> {
    const { closed } = this.#ending
    this.#finishShutdown()
    return closed
  }

  ping(data?: string | Uint8Array): Promise<number> {
    const transport = this.transport
    if (this.#state !== 'open' || transport === null) return rejected(this.notOpen('ping'))
    const given = data === undefined ? undefined : toControlPayload(data)
    if (given === null)
      return rejected(new SluiceError('ERR_INVALID_PAYLOAD', 'a ping carries text or at most 125 bytes'))
    this.#pings ??= new PingLedger(this.clock)
    const { payload, pong } = this.#pings.issue(given)
    transport.ping(payload)
    return pong
  }

  close(code = 1000, reason = ''): Promise<void> {
    if (!isSendableCloseCode(code)) return rejected(new CloseCodeError(code))
    if (this.#state === 'connecting') return this.closeBeforeAccept(code, reason)
    if (this.#state === 'open') {
      const text = truncateReason(reason)
      this.flushBacklog()
      this.#leaveOpen(code, text)
      this.#delivery?.stop()
      this.#inbox?.clear()
      this.transport?.close(code, text)
    }
    return SENT
  }

  /** Closes because the server goes away: once what is being handled is done, and what has arrived with it. */
  shutDown(code: number): void {
    if (!this.#announceShutdown(code)) return
    if (this.#delivery !== null) this.#delivery.finish(() => this.#finishShutdown())
    else if (this.#isWaiting) this.#finishShutdown()
  }

  /** Closes because the server goes away and waits no longer. */
  shutDownNow(code: number): void {
    this.#announceShutdown(code)
    this.#finishShutdown()
  }

  /** Whether `ws.signal` has said that the server goes away, though the connection may still be open. */
  get isShuttingDown(): boolean {
    return this.#ending.shutdown !== null
  }

  /** The handler has run to its end. */
  closeAtEnd(): Promise<void> {
    const { shutdown } = this.#ending
    return shutdown === null ? this.close(1000) : this.close(shutdown.code, shutdown.reason)
  }

  terminate(): void {
    if (this.#state === 'connecting') {
      this.terminateBeforeAccept()
      return
    }
    if (this.#state === 'open') this.#leaveOpen(1006, '')
    this.transport?.terminate()
  }

  /** Closes because the peer broke a limit. What it sent before still reaches the handler. */
  failPeer(code: number, reason: string): void {
    this.transport?.failPeer(code, reason)
  }

  /** The peer is read no further, until this reason and all others are gone. */
  pauseReading(reason: PauseReason): void {
    this.#pauses?.pause(reason)
  }

  resumeReading(reason: PauseReason): void {
    this.#pauses?.resume(reason)
  }

  /** Reads one message: those that wait come first, then the end. */
  protected take<T>(reading: Reading<T>, options?: ReceiveOptions): Promise<T> {
    const inbox = this.#inbox
    if (inbox === null && !this.#ending.hasBegun) return rejected(this.notOpen('receive'))
    this.#hasAsked = true
    try {
      for (let message = inbox?.shift(); message !== undefined; message = inbox?.shift()) {
        const value = reading.convert(message, this)
        if (value !== SKIPPED) return Promise.resolve(value)
      }
      this.#finishShutdown()
      const { disconnect } = this.#ending
      if (disconnect !== null) return Promise.resolve(reading.atEnd(disconnect))
    } catch (error) {
      return rejected(error)
    }
    this.#receives ??= new WaitingReceives(this, this.clock)
    return this.#receives.add(reading, options)
  }

  /** Pushes every message to the consumer from now on, beginning with those that wait. */
  deliverTo(consumer: Consumer): void {
    if (this.#inbox === null) throw this.notOpen('deliver')
    this.#delivery = new Delivery(consumer, this.#inbox)
    const { event } = this.#ending
    if (event !== null) this.#delivery.end(event)
    else this.#delivery.run()
    if (this.isShuttingDown) this.#delivery.finish(() => this.#finishShutdown())
    if (consumer.bytes !== undefined) this.transport?.passBytesTo(this)
  }

  /** Denies the handshake with the HTTP status that belongs to a close code. */
  protected abstract closeBeforeAccept(code: number, reason: string): Promise<void>
  protected abstract terminateBeforeAccept(): void
  /** Whether a message was for the connection itself, and is nothing that a handler gets. */
  protected abstract isTaken(message: Received): boolean
  protected abstract isTakenAsBytes(isText: boolean, bytes: Buffer, start: number, end: number): boolean
  /** The connection has ended, whether it was ever open or not. Once. */
  protected abstract connectionOnEnd(event: CloseEvent): void

  protected opened(transport: Transport): void {
    this.#state = transition(this.#state, 'accepted')
    this.transport = transport
    this.#pauses = new ReadingPauses(transport)
    this.#inbox = new Inbox(this.limits.inbox, this.#pauses)
    this.#watches = new Watches(this, transport, this.limits, this.clock)
    transport.start(this)
  }

  protected denied(): void {
    this.#state = transition(this.#state, 'denied')
    this.#finish({ code: 1006, reason: '', wasClean: false, initiator: 'server' })
  }

  /** There was no answer: the peer left while it waited, or this side gave up. */
  protected abandoned(initiator: 'client' | 'server'): void {
    if (this.#state !== 'connecting') return
    this.#state = transition(this.#state, 'ended')
    this.#finish({ code: 1006, reason: '', wasClean: false, initiator })
  }

  transportOnMessage(data: Received, bytes: number): void {
    if (this.#state !== 'open' || !this.#admits(bytes) || this.isTaken(data)) return
    this.#countReceived(typeof data === 'string', bytes)
    this.#receive(data)
  }

  transportOnBytes(isText: boolean, bytes: Buffer, start: number, end: number): void {
    if (this.#state !== 'open' || !this.#admits(end - start)) return
    if (this.isTakenAsBytes(isText, bytes, start, end)) return
    this.#countReceived(isText, end - start)
    if (this.#delivery?.offerBytes(isText, bytes, start, end) === true) return
    this.#receive(isText ? bytes.toString('utf8', start, end) : Buffer.from(bytes.subarray(start, end)))
  }

  transportOnPong(payload: Buffer): void {
    this.#pings?.settle(payload)
  }

  transportOnClosing(code: number, reason: string): void {
    if (this.#state === 'open') this.#leaveOpen(code, reason)
  }

  transportOnEnd(event: CloseEvent): void {
    if (this.#state === 'open') this.#leaveOpen(event.code, event.reason)
    this.#state = transition(this.#state, 'ended')
    this.#finish(event)
  }

  #admits(bytes: number): boolean {
    if (this.#watches === null || this.#watches.admits(bytes)) return true
    count(this.settings.traffic.rateLimited, bytes)
    return false
  }

  #countReceived(isText: boolean, bytes: number): void {
    const { received } = this.settings.traffic
    count(isText ? received.text : received.binary, bytes)
  }

  /** Says whether it was news. */
  #announceShutdown(code: number): boolean {
    if (this.#state !== 'open' || this.isShuttingDown) return false
    this.pauseReading('shutdown')
    this.#ending.announceShutdown(code)
    return true
  }

  #finishShutdown(): void {
    if (this.isShuttingDown) void this.closeAtEnd()
  }

  /** The handler waits for nothing but a message that will not come, or for the end. */
  get #isWaiting(): boolean {
    return (this.#receives !== null && this.#receives.size > 0) || this.#ending.isAwaited
  }

  get #isHandling(): boolean {
    const isWaiting = this.#receives !== null && this.#receives.size > 0
    if (this.#state !== 'open' || isWaiting) return false
    return this.#delivery === null ? this.#hasAsked : this.#delivery.isBusy
  }

  heartbeatOnDue(): void {
    this.#pings?.follow(HEARTBEAT_PAYLOAD)
    this.transport?.ping(HEARTBEAT_PAYLOAD)
  }

  heartbeatOnSilence(): void {
    this.#ending.cause = SILENCE
    this.#leaveOpen(SILENCE.code, SILENCE.reason)
    this.transport?.terminate()
  }

  pressureOnSlow(): void {
    this.settings.traffic.slowConsumers++
    this.#fail(1013, 'Slow consumer')
  }

  idleOnTimeout(): void {
    void this.close(1001, 'idle timeout')
  }

  /** Messages of the peer wait for the handler, or are not read because of this side. */
  get isBehind(): boolean {
    return this.#pauses?.isPaused === true || (this.#inbox?.size ?? 0) > 0
  }

  protected messageOnSent(): void {
    this.#watches?.noteSent()
  }

  #receive(message: Received): void {
    if (this.#delivery?.offer(message) || this.#receives?.offer(message)) return
    this.#inbox?.push(message)
  }

  #fail(code: number, reason: string): void {
    this.#leaveOpen(code, reason)
    this.#delivery?.stop()
    this.#inbox?.clear()
    this.transport?.fail(code, reason)
  }

  protected notOpen(action: string): Error {
    const { disconnect } = this.#ending
    if (disconnect !== null) return disconnect
    return new SluiceError('ERR_INVALID_STATE', `cannot ${action} while connecting: call accept() first`)
  }

  #leaveOpen(code: number, reason: string): void {
    this.#state = transition(this.#state, 'closeStarted')
    this.#watches?.stop()
    this.#disconnected(code, reason)
  }

  #disconnected(code: number, reason: string): void {
    this.#ending.begin(code, reason)
    const isAwaited = this.#receives !== null || this.#pings !== null || this.isPressed
    const disconnect = isAwaited ? this.#ending.disconnect : null
    if (disconnect !== null) {
      this.#receives?.end(disconnect)
      this.#pings?.end(disconnect)
      this.endSending(disconnect)
    }
    this.#ending.abort()
  }

  #finish(given: CloseEvent): void {
    const event = this.#ending.finish(given)
    if (!this.#ending.hasBegun) this.#disconnected(event.code, event.reason)
    this.connectionOnEnd(event)
    this.#delivery?.end(event)
  }
}

const SILENCE: CloseEvent = { code: 1006, reason: 'heartbeat timeout', wasClean: false, initiator: 'heartbeat' }
