import type { Clock } from '../clock.ts'
import type { WebSocketDisconnect } from '../errors.ts'
import { quietResolvers } from './sendable.ts'

/** Pings of ours that have not been answered yet. */
export class PingLedger {
  readonly #clock: Clock
  readonly #pending: PendingPing[] = []
  #issued = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes a ping. The promise resolves with the round-trip time when a pong with this payload arrives. */
  issue(payload: Uint8Array = this.#nextPayload()): { payload: Uint8Array; pong: Promise<number> } {
    const pong = quietResolvers<number>()
    this.#pending.push({ payload: Buffer.from(payload), sentAt: this.#clock.now(), ...pong })
    return { payload, pong: pong.promise }
  }

  /**
   * Notes a ping that nobody waits for, behind those that somebody does: some peers answer the last of several only. A second one in a
   * row says no more.
   */
  follow(payload: Uint8Array): void {
    const last = this.#pending.at(-1)
    if (last !== undefined && !last.payload.equals(payload)) this.issue(payload)
  }

  /** A pong answers the ping of its payload and, as RFC 6455 section 5.5.3 allows, every earlier one. */
  settle(payload: Buffer): void {
    const index = this.#pending.findIndex((ping) => ping.payload.equals(payload))
    if (index < 0) return
    const now = this.#clock.now()
    for (const ping of this.#pending.splice(0, index + 1)) ping.resolve(now - ping.sentAt)
  }

  end(disconnect: WebSocketDisconnect): void {
    for (const ping of this.#pending.splice(0)) ping.reject(disconnect)
  }

  #nextPayload(): Uint8Array {
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(this.#issued++ >>> 0)
    return payload
  }
}

interface PendingPing extends PromiseWithResolvers<number> {
  readonly payload: Buffer
  readonly sentAt: number
}
