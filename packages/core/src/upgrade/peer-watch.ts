import type { Duplex } from 'node:stream'

/** More than this before the 101 is kept in the socket. */
const MOST_EARLY_BYTES = 65_536

/**
 * Watches the stream of an upgrade that is still being decided. Nobody else reads it, and a peer that leaves is only noticed by
 * reading: what it sent already is kept for the engine.
 */
export class PeerWatch {
  readonly #socket: Duplex
  readonly #onGone: () => void
  readonly #early: Buffer[] = []
  #earlyBytes = 0

  constructor(socket: Duplex, onGone: () => void) {
    this.#socket = socket
    this.#onGone = onGone
    socket.on('readable', this.#socketOnReadable)
    socket.on('end', onGone)
    socket.on('close', onGone)
  }

  /** Ends the watch. Gives the bytes that arrived during it. */
  stop(): readonly Buffer[] {
    this.#socket.removeListener('readable', this.#socketOnReadable)
    this.#socket.removeListener('end', this.#onGone)
    this.#socket.removeListener('close', this.#onGone)
    return this.#early
  }

  readonly #socketOnReadable = (): void => {
    while (this.#earlyBytes < MOST_EARLY_BYTES) {
      const chunk: Buffer | null = this.#socket.read()
      if (chunk === null) return
      this.#early.push(chunk)
      this.#earlyBytes += chunk.length
    }
  }
}
