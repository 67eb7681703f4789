import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  encodeFrameHeader,
  MAX_HEADER_LENGTH,
  maxFrameLength,
  type Opcode,
  writeFrame,
  writeFrameOf,
} from '@sluice/protocol'
import { FrameQueue, type SplitFrame } from './frame-queue.ts'
import { opcodeOf } from './prepared-frames.ts'

/** Frames of larger messages are two chunks, lest the payload be copied. */
const LARGEST_COPIED_PAYLOAD = 16_384
const SCRATCH_SIZE = 65_536
/** What is queued in one turn goes out early once it is this much, and what waited for the stream in parts of this size. */
const LARGEST_PART = 65_536
const NOTHING = Buffer.alloc(0)

/** Who is told when a stream that had to wait for the peer has taken everything it was given. */
export interface OutboxOwner {
  outboxOnTaken(): void
}

/**
 * What goes out on one stream: everything that is queued in one turn of the event loop leaves in one write.
 * While the stream is blocked the queue stays here, so that control frames can pass it.
 */
export class Outbox {
  readonly #stream: Duplex
  readonly #owner: OutboxOwner
  /** It mostly takes what it is given at once, and is done with the buffer then. */
  readonly #isPlainSocket: boolean
  #preface: Uint8Array | null
  /** None while it would be empty: most connections are idle. */
  #queue: FrameQueue | null = null
  /** The stream has not taken all that it was given. */
  #isPending = false
  #isBlocked = false
  #onTaken: ((error?: Error | null) => void) | null = null

  /** @param preface goes out before any frame */
  constructor(stream: Duplex, preface: Uint8Array, owner: OutboxOwner) {
    this.#stream = stream
    this.#preface = preface
    this.#owner = owner
    this.#isPlainSocket = isPlainSocket(stream)
  }

  /** Bytes of frames that the operating system has not taken yet. */
  get bufferedAmount(): number {
    const given = this.#isPending ? this.#stream.writableLength : 0
    return this.#queuedBytes + (scratchOwner === this ? scratchLength : 0) + given
  }

  /** The stream takes no more for now. */
  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** @returns how many bytes the payload has */
  pushMessage(payload: string | Uint8Array): number {
    if (payload.length > LARGEST_COPIED_PAYLOAD) return this.#pushLarge(payload)
    this.#takeScratch(maxFrameLength(payload))
    const start = scratchLength
    scratchLength = writeFrame(scratch, start, opcodeOf(payload), payload)
    const length = scratchLength - start
    if (scratchLength >= SCRATCH_SIZE / 2) this.flush()
    return length - (length < 128 ? 2 : 4)
  }

  /** Queues a message of `prefix` and `bytes[start, end)`. The bytes are not needed after the call, unless they are many. */
  pushBytes(opcode: Opcode, prefix: Uint8Array, bytes: Buffer, start: number, end: number): void {
    const length = prefix.length + end - start
    if (length > LARGEST_COPIED_PAYLOAD) {
      const header = Buffer.concat([encodeFrameHeader(opcode, length), prefix])
      this.#pushSplit({ header, payload: bytes.subarray(start, end), length: header.length + end - start })
      return
    }
    this.#takeScratch(MAX_HEADER_LENGTH + length)
    scratchLength = writeFrameOf(scratch, scratchLength, opcode, prefix, bytes, start, end)
    if (scratchLength >= SCRATCH_SIZE / 2) this.flush()
  }

  /** Queues a whole frame, which must not change. */
  pushFrame(frame: Uint8Array): void {
    this.#spill()
    this.#waiting.push(frame)
    this.#flushEarly()
  }

  /** Queues a control frame ahead of everything that the stream has not taken. */
  pushUrgent(frame: Uint8Array): void {
    this.#waiting.pushUrgent(frame)
    this.#flushEarly()
  }

  /** Queues a pong. While the stream is blocked only the last one is kept: a peer that pings without reading gains nothing. */
  pushPong(frame: Uint8Array): void {
    this.#waiting.pushPong(frame, this.#isBlocked)
    this.#flushEarly()
  }

  /** Forgets what has not been handed to the stream. */
  drop(): void {
    if (scratchOwner === this) releaseScratch()
    this.#queue = null
  }

  /** The stream is gone. */
  streamEnded(): void {
    this.drop()
    this.#isPending = false
  }

  /** Hands to the stream what it takes. */
  flush(): void {
    try {
      if (this.#preface === null && this.#queue === null && this.#isWritable) this.#flushScratch()
      else this.#flushQueue()
    } catch (error) {
      // A stream that is not Node's own may throw; the connections whose turn is next must not suffer from it.
      this.#stream.destroy(error as Error)
    }
  }

  get #waiting(): FrameQueue {
    this.#queue ??= new FrameQueue()
    return this.#queue
  }

  get #queuedBytes(): number {
    return this.#queue === null ? 0 : this.#queue.length
  }

  get #isWritable(): boolean {
    return !this.#isBlocked && this.#stream.writable
  }

  #pushLarge(message: string | Uint8Array): number {
    const payload = typeof message === 'string' ? Buffer.from(message) : message
    const header = encodeFrameHeader(opcodeOf(message), payload.length)
    this.#pushSplit({ header, payload, length: header.length + payload.length })
    return payload.length
  }

  #pushSplit(frame: SplitFrame): void {
    this.#spill()
    this.#waiting.push(frame)
    this.#flushEarly()
  }

  #flushEarly(): void {
    if (this.#queuedBytes >= LARGEST_PART) this.flush()
  }

  #takeScratch(size: number): void {
    if (scratchOwner !== null && scratchOwner !== this) scratchOwner.#spill()
    else if (scratch.length - scratchLength < size) this.#spill()
    scratchOwner = this
  }

  /** Moves what stands in the scratch buffer to the queue. */
  #spill(): void {
    if (scratchOwner !== this) return
    this.#waiting.push(Buffer.from(scratch.subarray(0, scratchLength)))
    releaseScratch()
  }

  #flushScratch(): void {
    if (scratchOwner !== this) return
    const frames = scratch.subarray(0, scratchLength)
    const mayBeReused = this.#isPlainSocket && this.#stream.writableLength === 0
    // Released before the write: a stream in memory may answer within it.
    releaseScratch()
    this.#write(mayBeReused ? frames : Buffer.from(frames))
    // Not taken at once: the socket goes on reading from it.
    if (mayBeReused && this.#stream.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SCRATCH_SIZE)
    this.#confirm()
  }

  #flushQueue(): void {
    this.#spill()
    while (this.#isWritable && (this.#preface !== null || this.#queue !== null)) {
      const chunks = this.#takePart()
      const size = chunks.reduce((sum, { length }) => sum + length, 0)
      // Joining them costs less than a vectored write.
      if (size <= LARGEST_PART) this.#write(join(chunks, size))
      else this.#writeVector(chunks)
      this.#confirm()
    }
  }

  #takePart(): Uint8Array[] {
    const frames = this.#queue?.take(LARGEST_PART) ?? []
    if (this.#queuedBytes === 0) this.#queue = null
    const chunks = this.#preface === null ? frames : [this.#preface, ...frames]
    this.#preface = null
    return chunks
  }

  #writeVector(chunks: readonly Uint8Array[]): void {
    this.#stream.cork()
    const last = chunks.length - 1
    for (let index = 0; index < last; index++) this.#stream.write(chunks[index])
    this.#write(chunks[last] as Uint8Array)
    this.#stream.uncork()
  }

  /** A callback for each write would cost a plain socket a part of its speed, and it is mostly done when `write` returns. */
  #write(bytes: Uint8Array): void {
    if (this.#isPlainSocket) this.#stream.write(bytes)
    else this.#stream.write(bytes, this.#taken)
  }

  #confirm(): void {
    this.#isPending = this.#stream.writableLength > 0
    this.#isBlocked = this.#isPending && this.#stream.writableNeedDrain
    // 'drain' comes only behind a full buffer; this tells of the end of a smaller one too.
    if (this.#isPending && this.#isPlainSocket) this.#stream.write(NOTHING, this.#taken)
  }

  get #taken(): (error?: Error | null) => void {
    this.#onTaken ??= (error) => {
      if (error == null) this.#streamOnTaken()
    }
    return this.#onTaken
  }

  #streamOnTaken(): void {
    if (!this.#isPending || this.#stream.writableLength > 0) return
    this.#isPending = false
    this.#isBlocked = false
    this.flush()
    this.#owner.outboxOnTaken()
  }
}

/** A socket of Node's own whose `write` nobody has replaced. TLS is not: it hands the buffer on. */
function isPlainSocket(stream: Duplex): boolean {
  return Object.getPrototypeOf(stream) === Socket.prototype && !Object.hasOwn(stream, 'write')
}

/** One buffer for the small frames of whichever stream is written to now. */
let scratch = Buffer.allocUnsafeSlow(SCRATCH_SIZE)
let scratchLength = 0
let scratchOwner: Outbox | null = null

function releaseScratch(): void {
  scratchOwner = null
  scratchLength = 0
}

let lastChunks: readonly Uint8Array[] = []
let lastJoined: Uint8Array = NOTHING

/** Joins chunks. The members of a room get the same ones one after the other: they share one buffer. */
function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array
  const isSame = chunks.length === lastChunks.length && chunks.every((chunk, index) => chunk === lastChunks[index])
  if (isSame) return lastJoined
  if (lastChunks.length === 0) process.nextTick(forgetJoined)
  lastJoined = Buffer.concat(chunks, size)
  lastChunks = chunks
  return lastJoined
}

function forgetJoined(): void {
  lastChunks = []
  lastJoined = NOTHING
}
