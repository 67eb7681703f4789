import { Buffer } from 'node:buffer'

/** Pings that the server has not answered yet. */
export class PendingPings {
  readonly #pending: (PromiseWithResolvers<void> & { readonly payload: Buffer })[] = []

  /** Resolves when a pong with this payload arrives. */
  add(payload: Uint8Array): Promise<void> {
    const ping = { payload: Buffer.from(payload), ...Promise.withResolvers<void>() }
    this.#pending.push(ping)
    return ping.promise
  }

  /** A pong answers the ping of its payload and every earlier one (RFC 6455 section 5.5.3). */
  settle(payload: Buffer): void {
    const index = this.#pending.findIndex((ping) => ping.payload.equals(payload))
    for (const ping of this.#pending.splice(0, index + 1)) ping.resolve()
  }

  end(ended: () => Error): void {
    for (const ping of this.#pending.splice(0)) ping.reject(ended())
  }
}
