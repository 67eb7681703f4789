import { Buffer, isUtf8 } from 'node:buffer'
import { checkClosePayload } from './close-payload.ts'
import type { InflateResult, Inflater } from './deflate/inflater.ts'
import { type Failure, failures } from './failure.ts'
import { FrameReader } from './frame-reader.ts'
import { checkFrameHeader, type Role } from './frame-rules.ts'
import { MessageAssembly } from './message-assembly.ts'
import { isControlOpcode, Opcode } from './opcode.ts'

export interface ReceiverOptions {
  /** The side that this endpoint is on: a server demands masked frames, a client refuses them. */
  readonly role: Role
  /** The most bytes of one message, over all its fragments and after inflation. */
  readonly maxMessageSize: number
  /** The most fragments of one message, empty ones included. */
  readonly maxFragments: number
  /** The most bytes that a compressed message may inflate to, where that is less. @default `maxMessageSize` */
  readonly maxInflatedSize?: number
  /** Inflates compressed messages. Given when permessage-deflate was negotiated. */
  readonly inflater?: Pick<Inflater, 'inflate'>
}

/** Who is told of what a receiver reads. Every buffer belongs to the sink. No method may throw. */
export interface ReceiverSink {
  /** A whole message: a string when it is text. @param bytes how many the payload has, inflated */
  receiverOnMessage(data: string | Buffer, bytes: number): void
  receiverOnPing(payload: Buffer): void
  receiverOnPong(payload: Buffer): void
  /** The peer's close frame; 1005 when it carried no code. Nothing is told after it. */
  receiverOnClose(code: number, reason: string): void
  /** The peer broke the protocol or a limit. Nothing is told after it. */
  receiverOnFailure(failure: Failure): void
}

/** Who is told of messages as the bytes that they came in: made to pass them on. No method may throw. */
export interface BytesSink {
  /** A whole message is `bytes[start, end)`, of text the UTF-8. Nothing of the buffer is the sink's after the call. */
  receiverOnBytes(isText: boolean, bytes: Buffer, start: number, end: number): void
}

const EMPTY = Buffer.alloc(0)
/** Compression makes some data a little larger; still, a compressed message has to end somewhere. */
const MAX_DEFLATE_OVERHEAD = 1.125

/** A compressed message that has been handed to the inflater, and holds everything behind it back. */
interface Inflation {
  readonly isText: boolean
  readonly length: number
  result: InflateResult | undefined
}

/**
 * Reads one direction of a connection and tells a sink of the messages in it (RFC 6455 sections 5 and 6.2).
 *
 * Payloads are unmasked in place, so a chunk belongs to the receiver. A binary message that fills half of its chunk or
 * more is a view of it; a smaller one is a copy, made as `Buffer.from` makes it, lest it keep the chunk in memory.
 */
export class Receiver {
  /** What the peer has brought to its end so far: messages, and control frames between them. */
  finishedCount = 0
  /** Who is told of messages in the place of the sink, if anybody is. */
  bytesSink: BytesSink | null = null
  readonly #sink: ReceiverSink
  readonly #maxMessageSize: number
  readonly #maxInflatedSize: number
  readonly #maxFragments: number
  readonly #inflater: Pick<Inflater, 'inflate'> | undefined
  readonly #context: { role: Role; deflate: boolean; fragmented: boolean }
  readonly #reader = new FrameReader()
  #assembly: MessageAssembly | undefined
  #partialControl: Buffer = EMPTY
  #inflation: Inflation | undefined
  #isParsing = false
  #isPaused = false
  #isStopped = false

  constructor(options: ReceiverOptions, sink: ReceiverSink) {
    const { role, maxMessageSize, maxInflatedSize = maxMessageSize, maxFragments, inflater } = options
    this.#sink = sink
    this.#maxMessageSize = maxMessageSize
    this.#maxInflatedSize = Math.min(maxInflatedSize, maxMessageSize)
    this.#maxFragments = maxFragments
    this.#inflater = inflater
    this.#context = { role, deflate: inflater !== undefined, fragmented: false }
  }

  /** Takes the next bytes from the peer, cut anyhow. While paused they are kept. */
  receive(chunk: Buffer): void {
    if (this.#isStopped) return
    this.#reader.push(chunk)
    this.#parse()
  }

  /** Nothing is delivered from here on, not even what the present chunk still holds. */
  pause(): void {
    this.#isPaused = true
  }

  /** Goes on where `pause` stopped. What was kept is delivered before this returns. */
  resume(): void {
    this.#isPaused = false
    this.#parse()
  }

  /** Drops everything held. Nothing is told and nothing is taken from here on. */
  stop(): void {
    this.#isStopped = true
    this.#reader.clear()
    this.#assembly = undefined
    this.#partialControl = EMPTY
    this.#inflation = undefined
  }

  /** The bytes held: kept while paused, part of a message that is not whole, or being inflated. */
  get bufferedBytes(): number {
    const inParts = this.#partialControl.length + (this.#assembly?.length ?? 0) + (this.#inflation?.length ?? 0)
    return this.#reader.length + inParts
  }

  /**
   * Whether the peer has begun a frame or message and owes the rest. False while paused or inflating: then it is not
   * the peer who is late. True for too long with the same `finishedCount` means that the peer is too slow.
   */
  get isMidMessage(): boolean {
    const isHeld = this.#isPaused || this.isInflating
    return !isHeld && (this.#assembly !== undefined || this.#reader.isMidFrame)
  }

  /** Whether everything waits for a message to be inflated. Then stop feeding until something is told. */
  get isInflating(): boolean {
    return this.#inflation !== undefined
  }

  #parse(): void {
    if (this.#isParsing) return
    this.#isParsing = true
    try {
      while (!this.#isPaused && this.#step());
    } finally {
      this.#isParsing = false
    }
  }

  /** Reads one piece of a frame, or delivers what was inflated. Says whether there may be more to do. */
  #step(): boolean {
    if (this.#inflation !== undefined) return this.#endInflation(this.#inflation)
    if (!this.#reader.hasBytes()) return false
    if (this.#reader.missing > 0 || this.#readHeader()) this.#readPayload()
    return true
  }

  /** Says whether there is a payload to read next. */
  #readHeader(): boolean {
    if (!this.#reader.readHeader()) return false
    const failure = this.#checkHeader()
    if (failure !== undefined) this.#fail(failure)
    return failure === undefined
  }

  #checkHeader(): Failure | undefined {
    const header = this.#reader.header
    const assembly = this.#assembly
    this.#context.fragmented = assembly !== undefined
    const failure = checkFrameHeader(header, this.#context)
    if (failure !== undefined || isControlOpcode(header.opcode)) return failure
    const length = header.payloadLength + (assembly?.length ?? 0)
    if (length > this.#maxWireLength(assembly?.isCompressed ?? header.rsv1)) return failures.ERR_MESSAGE_TOO_BIG
    if (assembly !== undefined && ++assembly.fragments > this.#maxFragments) return failures.ERR_TOO_MANY_FRAGMENTS
    return undefined
  }

  #readPayload(): void {
    const reader = this.#reader
    const { fin, rsv1, opcode, payloadLength } = reader.header
    reader.readPayload()
    const isWhole = fin && this.#assembly === undefined && reader.end - reader.start === payloadLength
    if (isControlOpcode(opcode)) this.#readControl()
    else if (isWhole && !rsv1) this.#readMessage()
    else this.#readPart()
  }

  /** A message that is one frame in one chunk, as nearly all are. */
  #readMessage(): void {
    const { chunk, start, end, header, isAscii } = this.#reader
    if (this.bytesSink !== null) {
      this.#tellBytes(header.opcode === Opcode.TEXT, chunk, start, end, isAscii)
    } else if (header.opcode === Opcode.BINARY) {
      const view = chunk.subarray(start, end)
      this.#deliver(view.length * 2 < chunk.buffer.byteLength ? Buffer.from(view) : view, end - start)
    } else if (isAscii) {
      this.#deliver(chunk.toString('latin1', start, end), end - start)
    } else if (isUtf8(chunk.subarray(start, end))) {
      this.#deliver(chunk.toString('utf8', start, end), end - start)
    } else {
      this.#fail(failures.ERR_INVALID_UTF8)
    }
  }

  /** A piece of a message that is compressed, or comes in several frames or chunks. */
  #readPart(): void {
    const { chunk, start, end, header, missing } = this.#reader
    this.#assembly ??= new MessageAssembly(header.opcode, header.rsv1)
    const assembly = this.#assembly
    const isWhole = header.fin && missing === 0
    const ceiling = header.fin ? assembly.length + end - start + missing : this.#maxWireLength(assembly.isCompressed)
    assembly.append(chunk, start, end, ceiling)
    if (!assembly.isCompressed && assembly.opcode === Opcode.TEXT && !assembly.isText(isWhole)) {
      this.#fail(failures.ERR_INVALID_UTF8)
    } else if (isWhole) {
      this.#assembly = undefined
      if (assembly.isCompressed) this.#beginInflation(assembly)
      else if (this.bytesSink !== null) this.#tellAssembly(assembly)
      else this.#deliver(assembly.opcode === Opcode.TEXT ? assembly.toText() : assembly.toBytes(), assembly.length)
    }
  }

  #beginInflation(assembly: MessageAssembly): void {
    const inflation: Inflation = { isText: assembly.opcode === Opcode.TEXT, length: assembly.length, result: undefined }
    this.#inflation = inflation
    this.#inflater?.inflate(assembly.toBytes(), this.#maxInflatedSize, (result) => {
      inflation.result = result
      this.#parse()
    })
  }

  /** Says false while there is nothing to deliver yet. */
  #endInflation({ isText, result }: Inflation): boolean {
    if (result === undefined) return false
    this.#inflation = undefined
    if (!result.ok) this.#fail(result.failure)
    else if (this.bytesSink !== null) this.#tellBytes(isText, result.data, 0, result.data.length, false)
    else if (!isText) this.#deliver(result.data, result.data.length)
    else if (isUtf8(result.data)) this.#deliver(result.data.toString(), result.data.length)
    else this.#fail(failures.ERR_INVALID_UTF8)
    return true
  }

  #readControl(): void {
    const { chunk, start, end, header, missing } = this.#reader
    const payload = Buffer.concat([this.#partialControl, chunk.subarray(start, end)])
    this.#partialControl = missing === 0 ? EMPTY : payload
    if (missing > 0) return
    if (this.#assembly === undefined) this.finishedCount++
    if (header.opcode === Opcode.PING) this.#sink.receiverOnPing(payload)
    else if (header.opcode === Opcode.PONG) this.#sink.receiverOnPong(payload)
    else this.#readClose(payload)
  }

  #readClose(payload: Buffer): void {
    const verdict = checkClosePayload(payload)
    if (verdict.ok) {
      this.stop()
      this.#sink.receiverOnClose(verdict.code, verdict.reason)
    } else {
      this.#fail(verdict.failure)
    }
  }

  #deliver(data: string | Buffer, bytes: number): void {
    this.finishedCount++
    this.#sink.receiverOnMessage(data, bytes)
  }

  /** Its text has been checked as it came. */
  #tellAssembly(assembly: MessageAssembly): void {
    const bytes = assembly.toBytes()
    this.#tellBytes(assembly.opcode === Opcode.TEXT, bytes, 0, bytes.length, true)
  }

  #tellBytes(isText: boolean, bytes: Buffer, start: number, end: number, isAscii: boolean): void {
    if (isText && !isAscii && !isUtf8(bytes.subarray(start, end))) {
      this.#fail(failures.ERR_INVALID_UTF8)
      return
    }
    this.finishedCount++
    this.bytesSink?.receiverOnBytes(isText, bytes, start, end)
  }

  #maxWireLength(isCompressed: boolean): number {
    return isCompressed ? Math.ceil(this.#maxInflatedSize * MAX_DEFLATE_OVERHEAD) + 64 : this.#maxMessageSize
  }

  #fail(failure: Failure): void {
    this.stop()
    this.#sink.receiverOnFailure(failure)
  }
}
