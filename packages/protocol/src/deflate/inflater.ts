import { Buffer } from 'node:buffer'
import { inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { type Failure, failures } from '../failure.ts'
import { defaultLimiter, type JobLimiter } from './job-limiter.ts'
import { LARGEST_IN_PLACE } from './largest-in-place.ts'
import { SlidingWindow } from './sliding-window.ts'

export interface InflaterOptions {
  /** The window of the peer's compressor as a power of two, 8 to 15. */
  readonly windowBits: number
  /** Whether a message may refer to those before it. */
  readonly contextTakeover: boolean
  readonly limiter?: JobLimiter
  /** How many jobs of the limiter may run at a time once one of this inflater does. @default that of the limiter */
  readonly concurrency?: number | undefined
}

export type InflateResult =
  | { readonly ok: true; readonly data: Buffer }
  | { readonly ok: false; readonly failure: Failure }

const MIN_CHUNK_LENGTH = 1024
const MAX_CHUNK_LENGTH = 65_536
/**
 * What the sender cut off its last, empty block (RFC 7692 section 7.2.2), and an empty block that is marked as final:
 * unless zlib gets to the very end of it, the message was not whole.
 */
const ENDING = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x03, 0x00])

/**
 * Inflates the messages of one direction of a connection. Without context takeover nothing is remembered, and one
 * inflater may serve any number of connections.
 */
export class Inflater {
  readonly #windowBits: number
  readonly #window: SlidingWindow | undefined
  readonly #limiter: JobLimiter
  readonly #concurrency: number | undefined

  constructor({ windowBits, contextTakeover, limiter = defaultLimiter, concurrency }: InflaterOptions) {
    this.#windowBits = windowBits
    this.#window = contextTakeover ? new SlidingWindow(2 ** windowBits) : undefined
    this.#limiter = limiter
    this.#concurrency = concurrency
  }

  /**
   * Calls back once with the message, or with what is wrong with it: at once when `payload` is small, else later. With
   * context takeover, the next message has to wait for that.
   *
   * @param maxLength The most bytes to inflate to; zlib is stopped at the first chunk of output beyond it.
   */
  inflate(payload: Buffer, maxLength: number, onInflated: (result: InflateResult) => void): void {
    const options = this.#optionsFor(payload, maxLength)
    if (payload.length === 0) {
      // zlib writes nothing for an empty message behind another, and there are peers that send just that.
      onInflated({ ok: true, data: payload })
    } else if (payload.length <= LARGEST_IN_PLACE) {
      onInflated(this.#remember(inflateNow(Buffer.concat([payload, ENDING]), options)))
    } else {
      this.#limiter.run((done) => {
        // Not before its turn: what waits is in memory once.
        const input = Buffer.concat([payload, ENDING])
        inflateRaw(input, options, (error, output) => {
          done()
          onInflated(this.#remember(error === null ? checkOutput(output, input) : toFailure(error)))
        })
      }, this.#concurrency)
    }
  }

  #optionsFor(payload: Buffer, maxLength: number): ZlibOptions {
    const chunkSize = Math.min(Math.max(payload.length * 4, MIN_CHUNK_LENGTH), MAX_CHUNK_LENGTH)
    const options: ZlibOptions = { windowBits: this.#windowBits, maxOutputLength: maxLength, chunkSize, info: true }
    return this.#window?.bytes === undefined ? options : { ...options, dictionary: this.#window.bytes }
  }

  #remember(result: InflateResult): InflateResult {
    if (result.ok) this.#window?.push(result.data)
    return result
  }
}

function inflateNow(input: Buffer, options: ZlibOptions): InflateResult {
  try {
    return checkOutput(inflateRawSync(input, options), input)
  } catch (error) {
    return toFailure(error)
  }
}

/**
 * Where zlib may stop, counted from the end of the payload: at the end of ours, unless the sender marked a block as
 * final too (RFC 7692 section 7.2.3.4). That may be the empty one cut off, or one before it with or without the byte
 * that begins an empty one.
 */
const STOPS = [ENDING.length, 4, 0, -1]

function checkOutput(output: unknown, input: Buffer): InflateResult {
  const { buffer, engine } = output as ZlibOutput
  const isWhole = STOPS.includes(engine.bytesWritten - (input.length - ENDING.length))
  return isWhole ? { ok: true, data: buffer } : { ok: false, failure: failures.ERR_INVALID_DEFLATE }
}

function toFailure(error: unknown): InflateResult {
  const isTooBig = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  return { ok: false, failure: isTooBig ? failures.ERR_MESSAGE_TOO_BIG : failures.ERR_INVALID_DEFLATE }
}

/** What zlib gives with the option `info`; `bytesWritten` counts the bytes of input that it took. */
interface ZlibOutput {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
