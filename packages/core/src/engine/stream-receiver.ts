import type { Duplex } from 'node:stream'
import { Receiver, type ReceiverOptions, type ReceiverSink } from '@sluice/protocol'
import type { MessageDeadlines, MessageReader } from './message-deadlines.ts'
import { readFrom, type StreamListener } from './stream-listener.ts'

/** Where a stream receiver reads from. */
export interface StreamSource {
  readonly stream: Duplex
  /** Bytes of the peer that have been read already. */
  readonly head: Buffer
  readonly deadlines: MessageDeadlines
}

/** Who is told of what a stream receiver reads. It passes the chunks of the stream to `receive`. */
export interface StreamReceiverSink extends ReceiverSink, StreamListener {
  /** The chunk has been read, as far as it could be. */
  receiverOnChunkRead(): void
  /** A message that was begun has taken too long. Nothing is told after it. */
  receiverOnLate(): void
}

/** A receiver that has its stream flow only while it can read on: not while paused, and not while zlib is at work. */
export class StreamReceiver extends Receiver implements MessageReader {
  /** Rises with each chunk, and whenever the stream flows again. */
  signsOfLife = 0
  readonly #stream: Duplex
  readonly #sink: StreamReceiverSink
  readonly #deadlines: MessageDeadlines
  /** What came before the stream, until reading has begun. */
  #head: Buffer | null
  /** What was finished when the message began whose deadline runs; none does at -1. */
  #lateAfter = -1
  #isPaused = false
  #isReading = false
  #awaitsZlib = false

  constructor(options: ReceiverOptions, { stream, head, deadlines }: StreamSource, sink: StreamReceiverSink) {
    super(options, sink)
    this.#stream = stream
    this.#head = head
    this.#deadlines = deadlines
    this.#sink = sink
  }

  /** Within a chunk: what is sent now can wait for the rest of it. */
  get isReading(): boolean {
    return this.#isReading
  }

  /** Not paused, and not waiting for zlib. */
  get isFlowing(): boolean {
    return !this.#isPaused && !this.#awaitsZlib
  }

  /** Reads from the next turn on. */
  start(): void {
    process.nextTick(beginReading, this)
  }

  override receive(chunk: Buffer): void {
    this.signsOfLife++
    this.#isReading = true
    super.receive(chunk)
    this.#chunkRead()
  }

  override pause(): void {
    this.#isPaused = true
    super.pause()
    this.#stream.pause()
  }

  /** Goes on in the next turn. */
  override resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    process.nextTick(goOnReading, this)
  }

  override stop(): void {
    super.stop()
    this.#deadlines.end(this)
    this.noteProgress()
  }

  /** To be called when something is told: what zlib was waited for is there. */
  noteProgress(): void {
    if (!this.#awaitsZlib) return
    this.#awaitsZlib = false
    this.#flow()
  }

  messageOnLate(): void {
    this.#lateAfter = -1
    // While paused or inflating, it is not the peer who is late.
    if (!this.isMidMessage) return
    this.stop()
    this.#sink.receiverOnLate()
  }

  beginReading(): void {
    const head = this.#head
    this.#head = null
    // When it ended, nobody was there to be told.
    if (this.#stream.closed) this.#sink.streamOnClose()
    if (head !== null && head.length > 0) this.receive(head)
    readFrom(this.#stream)
    // Whoever read the stream before may have left it in a state where a listener has it flow.
    if (this.#isPaused) this.#stream.pause()
    else this.goOnReading()
  }

  goOnReading(): void {
    if (this.#isPaused || this.#head !== null) return
    this.#isReading = true
    super.resume()
    this.#chunkRead()
    this.#flow()
  }

  #chunkRead(): void {
    this.#isReading = false
    if (this.isInflating && !this.#awaitsZlib) {
      this.#awaitsZlib = true
      this.#stream.pause()
    }
    this.#watchMessage()
    this.#sink.receiverOnChunkRead()
  }

  #watchMessage(): void {
    const lateAfter = this.isMidMessage ? this.finishedCount : -1
    if (lateAfter === this.#lateAfter) return
    this.#lateAfter = lateAfter
    if (lateAfter === -1) this.#deadlines.end(this)
    else this.#deadlines.begin(this)
  }

  #flow(): void {
    if (!this.isFlowing) return
    this.signsOfLife++
    this.#stream.resume()
  }
}

function beginReading(receiver: StreamReceiver): void {
  receiver.beginReading()
}

function goOnReading(receiver: StreamReceiver): void {
  receiver.goOnReading()
}
