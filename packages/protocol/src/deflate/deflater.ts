import { Buffer } from 'node:buffer'
import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib'
import { defaultLimiter, type JobLimiter } from './job-limiter.ts'
import { LARGEST_IN_PLACE } from './largest-in-place.ts'
import { SlidingWindow } from './sliding-window.ts'

export interface DeflaterOptions {
  /** The window as a power of two, 8 to 15. */
  readonly windowBits: number
  /** Whether a message may refer to those before it. */
  readonly contextTakeover: boolean
  /** How hard zlib tries, 1 to 9. @default 6 */
  readonly level?: number
  /** How much memory zlib takes while it compresses, 1 to 9: 2 to the power of (memLevel + 9) bytes. @default 5 */
  readonly memLevel?: number
  readonly limiter?: JobLimiter
  /** How many jobs of the limiter may run at a time once one of this deflater does. @default that of the limiter */
  readonly concurrency?: number | undefined
}

const MIN_CHUNK_LENGTH = 1024
const MAX_CHUNK_LENGTH = 65_536
/**
 * zlib cannot compress raw data with a window of 8 bits. With 9 it looks back 250 bytes at most, which is less than
 * the 256 of such a window: it keeps 262 of its 512 bytes for looking ahead.
 */
const MIN_WINDOW_BITS = 9
/** The end of the empty block that a flush writes, which is not sent (RFC 7692 section 7.2.1). */
const TRAILER_LENGTH = 4

/**
 * Compresses the messages of one direction of a connection. Without context takeover nothing is remembered: one
 * deflater may serve any number of connections, and a broadcast is compressed once.
 */
export class Deflater {
  readonly #options: ZlibOptions
  readonly #window: SlidingWindow | undefined
  readonly #limiter: JobLimiter
  readonly #concurrency: number | undefined

  constructor(options: DeflaterOptions) {
    const { windowBits, contextTakeover, level = 6, memLevel = 5 } = options
    const finishFlush = constants.Z_SYNC_FLUSH
    this.#options = { windowBits: Math.max(windowBits, MIN_WINDOW_BITS), level, memLevel, finishFlush }
    this.#window = contextTakeover ? new SlidingWindow(2 ** windowBits) : undefined
    this.#limiter = options.limiter ?? defaultLimiter
    this.#concurrency = options.concurrency
  }

  /**
   * Calls back once with the payload of the compressed message, to be sent with RSV1 set; or with `undefined` when
   * compression does not make it smaller, and it is to be sent as it is. At once when the message is small, else later.
   * Until then the bytes must not change, and the caller keeps the order; with context takeover the next message has to
   * wait.
   */
  deflate(message: string | Uint8Array, onDeflated: (payload: Buffer | undefined) => void): void {
    const data = typeof message === 'string' ? Buffer.from(message) : message
    const options = this.#optionsFor(data)
    if (data.length <= LARGEST_IN_PLACE) {
      onDeflated(this.#remember(data, deflateRawSync(data, options)))
    } else {
      this.#limiter.run((done) => {
        deflateRaw(data, options, (error, output) => {
          done()
          onDeflated(error === null ? this.#remember(data, output) : undefined)
        })
      }, this.#concurrency)
    }
  }

  #optionsFor(data: Uint8Array): ZlibOptions {
    const chunkSize = Math.min(Math.max(data.length, MIN_CHUNK_LENGTH), MAX_CHUNK_LENGTH)
    const options = { ...this.#options, chunkSize }
    return this.#window?.bytes === undefined ? options : { ...options, dictionary: this.#window.bytes }
  }

  /** A message that is not sent compressed does not enter the window: the peer's does not see it either. */
  #remember(data: Uint8Array, output: Buffer): Buffer | undefined {
    const payload = output.subarray(0, -TRAILER_LENGTH)
    if (payload.length >= data.length) return undefined
    this.#window?.push(data)
    return payload
  }
}
