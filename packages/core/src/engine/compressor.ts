import type { PreparedMessage } from '../connection/prepared-message.ts'
import { type DeflateScheme, encodeCompressed, sharedFrameOf } from './deflate-scheme.ts'
import type { Outbox } from './outbox.ts'

/** Puts the messages of one connection into its outbox, compressed, and in order while zlib works off the loop. */
export class Compressor {
  readonly #scheme: DeflateScheme
  readonly #outbox: Outbox
  readonly #onProgress: () => void
  readonly #held: { readonly bytes: number; readonly process: () => void }[] = []
  #heldBytes = 0
  #isBusy = false
  #isStopped = false

  /** @param onProgress something has come into the outbox after the call that sent it */
  constructor(scheme: DeflateScheme, outbox: Outbox, onProgress: () => void) {
    this.#scheme = scheme
    this.#outbox = outbox
    this.#onProgress = onProgress
  }

  /** Bytes that wait for zlib, or behind what does. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  pushMessage(payload: string | Uint8Array, mayCompress: boolean): void {
    if (!mayCompress || payload.length < this.#scheme.threshold) {
      this.#inOrder(payload.length, () => this.#outbox.pushMessage(payload))
      return
    }
    this.#inOrder(payload.length, () => {
      this.#isBusy = true
      this.#scheme.deflater.deflate(payload, (deflated) => this.#finish(encodeCompressed(payload, deflated)))
    })
  }

  /** A message that goes to many: compressed once, where their contexts are not their own. */
  pushPrepared(message: PreparedMessage): void {
    const { payload } = message
    if (!this.#scheme.isShared || payload.length < this.#scheme.threshold) {
      this.pushMessage(payload, true)
      return
    }
    this.#inOrder(payload.length, () => {
      this.#isBusy = true
      sharedFrameOf(message, this.#scheme).whenReady((frame) => this.#finish(frame))
    })
  }

  /** A whole frame that must not pass the messages before it. */
  pushFrame(frame: Uint8Array): void {
    this.#inOrder(frame.length, () => this.#outbox.pushBytes(frame))
  }

  /** Nothing comes into the outbox from here on, not even what zlib is working on. */
  stop(): void {
    this.#isStopped = true
    this.#held.length = 0
    this.#heldBytes = 0
  }

  #inOrder(bytes: number, process: () => void): void {
    if (!this.#isBusy) {
      process()
      return
    }
    this.#held.push({ bytes, process })
    this.#heldBytes += bytes
  }

  #finish(frame: Uint8Array): void {
    if (this.#isStopped) return
    this.#outbox.pushBytes(frame)
    this.#isBusy = false
    while (!this.#isBusy) {
      const next = this.#held.shift()
      if (next === undefined) break
      this.#heldBytes -= next.bytes
      next.process()
    }
    this.#onProgress()
  }
}
