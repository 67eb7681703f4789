import type { PreparedMessage } from '../connection/prepared-message.ts'
import { byteLengthOf } from '../connection/sendable.ts'
import type { DeflateScheme } from './deflate-scheme.ts'
import type { Outbox } from './outbox.ts'
import { encodeDeflated, frameOf, sharedFrameOf } from './prepared-frames.ts'

/** Puts into the outbox what was sent, then calls `done`: at once, or once zlib is through. */
type Step = (done: () => void) => void

/** Puts the messages of one connection into its outbox, compressed, and in order while zlib works off the loop. */
export class Compressor {
  readonly #scheme: DeflateScheme
  readonly #outbox: Outbox
  readonly #onProgress: () => void
  readonly #waiting: { readonly bytes: number; readonly step: Step }[] = []
  #heldBytes = 0
  #isBusy = false
  #isRunning = false
  #isStopped = false

  /** @param onProgress something has come into the outbox after the call that sent it */
  constructor(scheme: DeflateScheme, outbox: Outbox, onProgress: () => void) {
    this.#scheme = scheme
    this.#outbox = outbox
    this.#onProgress = onProgress
  }

  /** Bytes of messages, not compressed yet, that zlib works on, or that wait for it or behind it. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** @returns how many bytes the payload has */
  pushMessage(payload: string | Uint8Array, mayCompress: boolean): number {
    const bytes = byteLengthOf(payload)
    if (mayCompress && bytes >= this.#scheme.threshold) this.#compress(payload, bytes)
    else if (this.#isBusy) this.#inOrder(bytes, () => this.#outbox.pushMessage(payload))
    else this.#outbox.pushMessage(payload)
    return bytes
  }

  /** A message that goes to many: framed once, and compressed once where their contexts are not their own. */
  pushPrepared(message: PreparedMessage): void {
    const { payload, byteLength: bytes, mayCompress } = message
    if (!mayCompress || bytes < this.#scheme.threshold) this.pushFrame(frameOf(message))
    else if (this.#scheme.isShared) this.#shareFrame(message, bytes)
    else this.#compress(message.isText && typeof payload !== 'string' ? textOf(payload) : payload, bytes)
  }

  /** A whole frame that must not pass the messages before it. */
  pushFrame(frame: Uint8Array): void {
    if (this.#isBusy) this.#inOrder(frame.length, () => this.#outbox.pushFrame(frame))
    else this.#outbox.pushFrame(frame)
  }

  /** Nothing comes into the outbox from here on, not even what zlib is working on. */
  stop(): void {
    this.#isStopped = true
    this.#waiting.length = 0
    this.#heldBytes = 0
  }

  #compress(payload: string | Uint8Array, bytes: number): void {
    this.#add(bytes, (done) => {
      this.#scheme.deflater.deflate(payload, (deflated) => {
        if (this.#isStopped) return
        if (deflated === undefined) this.#outbox.pushMessage(payload)
        else this.#outbox.pushFrame(encodeDeflated(typeof payload === 'string', deflated))
        done()
      })
    })
  }

  #shareFrame(message: PreparedMessage, bytes: number): void {
    this.#add(bytes, (done) => {
      sharedFrameOf(message, this.#scheme).whenReady((frame) => {
        if (this.#isStopped) return
        this.#outbox.pushFrame(frame)
        done()
      })
    })
  }

  #inOrder(bytes: number, push: () => void): void {
    this.#add(bytes, (done) => {
      push()
      done()
    })
  }

  #add(bytes: number, step: Step): void {
    this.#waiting.push({ bytes, step })
    this.#heldBytes += bytes
    this.#run()
  }

  /** Takes step after step while they end at once. Not by recursion: any number may wait behind a large message. */
  #run(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    while (!this.#isBusy) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      this.#isBusy = true
      next.step(() => this.#stepDone(next.bytes))
    }
    this.#isRunning = false
  }

  #stepDone(bytes: number): void {
    this.#heldBytes -= bytes
    this.#isBusy = false
    if (this.#isRunning) return
    this.#run()
    this.#onProgress()
  }
}

function textOf(utf8: Uint8Array): string {
  return Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString()
}
