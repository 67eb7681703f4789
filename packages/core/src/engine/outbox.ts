import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { encodeFrameHeader, maxFrameLength, Opcode, writeFrame } from '@sluice/protocol'

/** Frames of larger messages are two chunks, lest the payload be copied. */
const LARGEST_COPIED_PAYLOAD = 16_384
const SCRATCH_SIZE = 65_536
/** What is queued in one turn goes out early once it is this much. */
const EARLY_FLUSH = 65_536
/** Below this, joining chunks costs less than a vectored write. */
const LARGEST_JOIN = 65_536

/**
 * What goes out on one stream: everything that is queued in one turn of the event loop leaves in one write.
 * While the stream is blocked the queue stays here, so that control frames can pass it.
 */
export class Outbox {
  readonly #socket: Duplex
  readonly #reusesScratch: boolean
  #preface: Uint8Array | null
  #chunks: Uint8Array[] = []
  #urgent: Uint8Array[] = []
  #pong: Uint8Array | null = null
  /** Bytes in all of them. */
  #queued: number
  #isBlocked = false

  /** @param preface goes out before any frame */
  constructor(socket: Duplex, preface: Uint8Array) {
    this.#socket = socket
    this.#preface = preface
    this.#queued = preface.length
    // Node's own sockets are done with a buffer that they took at once; others may hand it on.
    this.#reusesScratch = socket instanceof Socket && !(socket instanceof TLSSocket)
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#queued + (scratchOwner === this ? scratchLength : 0) + this.#socket.writableLength
  }

  /** The stream takes no more for now; `drained` must be called when it does. */
  get isBlocked(): boolean {
    return this.#isBlocked
  }

  pushMessage(payload: string | Uint8Array): void {
    const opcode = typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY
    if (payload.length > LARGEST_COPIED_PAYLOAD) {
      this.#pushLarge(opcode, typeof payload === 'string' ? Buffer.from(payload) : payload)
      return
    }
    this.#takeScratch(maxFrameLength(payload))
    scratchLength = writeFrame(scratch, scratchLength, opcode, payload)
    if (scratchLength >= EARLY_FLUSH / 2) this.flush()
  }

  /** Queues a whole frame, or other bytes, that must not change. */
  pushBytes(bytes: Uint8Array): void {
    this.#spill()
    this.#chunks.push(bytes)
    this.#queued += bytes.length
    if (this.#queued >= EARLY_FLUSH) this.flush()
  }

  /** Queues a control frame ahead of everything that the stream has not taken. */
  pushUrgent(frame: Uint8Array): void {
    this.#urgent.push(frame)
    this.#queued += frame.length
  }

  /**
   * Queues a pong. While the stream is blocked only the last one is kept, as RFC 6455 section 5.5.3 allows: a peer that
   * pings without reading gains nothing.
   */
  pushPong(frame: Uint8Array): void {
    if (this.#isBlocked && this.#pong !== null) this.#queued -= this.#pong.length
    else if (this.#pong !== null) this.#urgent.push(this.#pong)
    this.#pong = frame
    this.#queued += frame.length
  }

  /** Forgets the frames that the stream has not taken. */
  drop(): void {
    if (scratchOwner === this) releaseScratch()
    this.#chunks = []
    this.#urgent = []
    this.#pong = null
    this.#queued = this.#preface?.length ?? 0
  }

  /** Hands everything to the stream, unless it is blocked. */
  flush(): void {
    if (this.#isBlocked || this.#socket.destroyed) {
      this.#spill()
      return
    }
    if (this.#queued === 0) this.#flushScratch()
    else this.#flushChunks()
    this.#isBlocked = this.#socket.writableNeedDrain && this.#socket.writableLength > 0
  }

  /** The stream takes more again. */
  drained(): void {
    this.#isBlocked = false
    this.flush()
  }

  #pushLarge(opcode: Opcode, payload: Uint8Array): void {
    this.#spill()
    const header = encodeFrameHeader(opcode, payload.length)
    this.#chunks.push(header, payload)
    this.#queued += header.length + payload.length
    if (this.#queued >= EARLY_FLUSH) this.flush()
  }

  #takeScratch(size: number): void {
    if (scratchOwner !== this) {
      if (scratchOwner !== null) scratchOwner.#spill()
      scratchOwner = this
    }
    if (scratch.length - scratchLength < size) {
      this.#spill()
      scratchOwner = this
    }
  }

  /** Moves what stands in the scratch buffer to the queue. */
  #spill(): void {
    if (scratchOwner !== this) return
    if (scratchLength > 0) {
      this.#chunks.push(Buffer.from(scratch.subarray(0, scratchLength)))
      this.#queued += scratchLength
    }
    releaseScratch()
  }

  #flushScratch(): void {
    if (scratchOwner !== this || scratchLength === 0) return
    if (!this.#reusesScratch || this.#socket.writableLength > 0) {
      this.#socket.write(Buffer.from(scratch.subarray(0, scratchLength)))
    } else {
      this.#socket.write(scratch.subarray(0, scratchLength))
      // Not taken at once: the stream goes on reading from it.
      if (this.#socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SCRATCH_SIZE)
    }
    releaseScratch()
  }

  #flushChunks(): void {
    this.#spill()
    const chunks = this.#takeChunks()
    const size = this.#queued
    this.#queued = 0
    if (chunks.length === 1) this.#socket.write(chunks[0])
    else if (size <= LARGEST_JOIN) this.#socket.write(join(chunks, size))
    else this.#writeVector(chunks)
  }

  #takeChunks(): Uint8Array[] {
    const chunks = this.#chunks
    if (this.#pong !== null) chunks.unshift(this.#pong)
    if (this.#urgent.length > 0) chunks.unshift(...this.#urgent)
    if (this.#preface !== null) chunks.unshift(this.#preface)
    this.#preface = null
    this.#pong = null
    this.#urgent = []
    this.#chunks = []
    return chunks
  }

  #writeVector(chunks: readonly Uint8Array[]): void {
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }
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
let lastJoined: Buffer = Buffer.alloc(0)

/** Joins chunks. The members of a room get the same ones one after the other: they share one buffer. */
function join(chunks: readonly Uint8Array[], size: number): Buffer {
  const isSame = chunks.length === lastChunks.length && chunks.every((chunk, index) => chunk === lastChunks[index])
  if (!isSame) {
    lastJoined = Buffer.concat(chunks, size)
    lastChunks = chunks
  }
  return lastJoined
}
