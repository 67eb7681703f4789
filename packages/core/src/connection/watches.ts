import type { Clock } from '../clock.ts'
import { timerQueueOf } from '../timer-queue.ts'
import { turnClockOf } from '../turn-clock.ts'
import { Heartbeat, type HeartbeatOwner } from './heartbeat.ts'
import { IdleWatch, type IdleWatchOwner } from './idle-watch.ts'
import type { ConnectionLimits } from './limits.ts'
import { MessageRate, type MessageRateOwner } from './message-rate.ts'
import type { Transport } from './transport.ts'

export interface WatchesOwner extends HeartbeatOwner, IdleWatchOwner, MessageRateOwner {}

/** What watches one open connection: whether its peer is there, whether anything is said, and how much. */
export class Watches {
  readonly #heartbeat: Heartbeat | null
  readonly #idle: IdleWatch | null
  readonly #rate: MessageRate | null

  constructor(owner: WatchesOwner, transport: Transport, limits: ConnectionLimits, clock: Clock) {
    const { heartbeat, idleTimeout, messageRate } = limits
    const queue = timerQueueOf(clock)
    const time = turnClockOf(clock)
    this.#heartbeat = heartbeat === null ? null : new Heartbeat(owner, transport, heartbeat, queue)
    this.#idle = idleTimeout === null ? null : new IdleWatch(owner, idleTimeout, time, queue)
    this.#rate = messageRate === null ? null : new MessageRate(owner, messageRate, time, queue)
  }

  /** A message of so many bytes has arrived. Says whether it may pass. */
  admits(bytes: number): boolean {
    this.#idle?.noteMessage()
    return this.#rate === null || this.#rate.admits(bytes)
  }

  noteSent(): void {
    this.#idle?.noteMessage()
  }

  /** The connection is not open any more. */
  stop(): void {
    this.#heartbeat?.stop()
    this.#idle?.stop()
    this.#rate?.stop()
  }
}
