import type { Duplex } from 'node:stream'
import { type CloseState, type CloseStep, nextCloseState } from '@sluice/protocol'
import type { Clock } from '../clock.ts'
import type { CloseEvent, CloseInitiator } from '../connection/transport.ts'
import { Alarm, type TimerQueue, timerQueueOf } from '../timer-queue.ts'

/** How one connection ends, from its first step: who began, what was said, how long the peer may take (RFC 6455 section 7). */
export class ClosingHandshake extends Alarm {
  readonly #stream: Duplex
  readonly #queue: TimerQueue
  readonly #timeout: number
  #state: CloseState = 'open'
  #code = 1006
  #reason = ''
  #initiator: CloseInitiator | null = null
  #isPeerDone = false
  #isLimited = false

  /** @param timeout how long the peer may take from the first step until the stream has ended */
  constructor(stream: Duplex, clock: Clock, timeout: number) {
    super()
    this.#stream = stream
    this.#queue = timerQueueOf(clock)
    this.#timeout = timeout
  }

  /** Nothing more is awaited from the peer: the server ends the stream first (RFC 6455 section 7.1.1). */
  get isFinished(): boolean {
    return this.#state === 'exchanged' || this.#isPeerDone
  }

  /** The peer's close frame has arrived. */
  received(code: number, reason: string): void {
    this.#begin('client')
    this.#code = code
    this.#reason = reason
    this.#step('receive-close')
  }

  /** This side's close frame is on its way. */
  sent(initiator: CloseInitiator): void {
    this.#begin(initiator)
    this.#step('send-close')
  }

  /** The peer broke the protocol or a limit. */
  failed(code: number, reason: string): void {
    this.#begin('protocol')
    this.#code = code
    this.#reason = reason
    this.#isPeerDone = true
  }

  /** The peer has ended its half, or is not listened to any more: its close frame will not come. */
  peerLeft(): void {
    this.#isPeerDone = true
    this.#limit()
  }

  /** This side cuts the stream. */
  cut(): void {
    this.#initiator ??= 'server'
    this.#isPeerDone = true
    this.#stream.destroy()
  }

  /** The stream is gone: how it all ended. */
  end(): CloseEvent {
    this.#queue.clear(this)
    this.#step('end-transport')
    return {
      code: this.#code,
      reason: this.#reason,
      wasClean: this.#state === 'clean',
      initiator: this.#initiator ?? 'network',
    }
  }

  /** The peer has had its time. */
  ring(): void {
    this.#stream.destroy()
  }

  #begin(initiator: CloseInitiator): void {
    this.#initiator ??= initiator
    this.#limit()
  }

  #limit(): void {
    if (this.#isLimited) return
    this.#isLimited = true
    this.#queue.set(this, this.#timeout)
  }

  #step(step: CloseStep): void {
    this.#state = nextCloseState(this.#state, step) ?? this.#state
  }
}
