import { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** A stream whose writes end when a test says so. */
export class HeldStream extends Duplex {
  /** What was written, call by call; a vectored write is one call. */
  readonly writes: Buffer[][] = []
  /** Bytes of the writes that have ended. */
  taken = 0
  /** Writes end within the call. */
  isSync: boolean
  readonly #copies: Buffer[] = []
  #heldChunks: Buffer[] = []
  #held: ((error?: Error) => void) | null = null

  constructor({ isSync = false, highWaterMark = 65_536 } = {}) {
    super({ highWaterMark, allowHalfOpen: true })
    this.isSync = isSync
  }

  /** All bytes that were written, as they were when their write ended. */
  get bytes(): Buffer {
    return Buffer.concat([...this.#copies, ...this.#heldChunks])
  }

  /** The write that is held ends, if one is, with an error if one is given. What was waiting for it is written then. */
  release(error?: Error): void {
    const held = this.#held
    this.#held = null
    held?.(error)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#take([chunk], callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error) => void): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      callback,
    )
  }

  #take(chunks: Buffer[], callback: (error?: Error) => void): void {
    const size = chunks.reduce((sum, { length }) => sum + length, 0)
    this.#heldChunks = chunks
    const end = (error?: Error) => {
      this.#copies.push(Buffer.concat(chunks))
      this.#heldChunks = []
      this.taken += size
      callback(error)
    }
    if (size > 0) this.writes.push(chunks)
    // An operating system takes nothing at once.
    if (this.isSync || size === 0) end()
    else this.#held = end
  }
}

/** The same, which passes for a socket of Node's own. */
export function heldSocket(options?: { isSync?: boolean; highWaterMark?: number }): HeldStream {
  const stream = new HeldStream(options)
  const { _read, _write, _writev } = HeldStream.prototype
  const own = Object.getOwnPropertyDescriptors(HeldStream.prototype)
  Object.assign(stream, { _read, _write, _writev, _destroy: Duplex.prototype._destroy, _final: null })
  Object.defineProperties(stream, { bytes: own.bytes, release: own.release })
  Object.setPrototypeOf(stream, Socket.prototype)
  return stream
}
