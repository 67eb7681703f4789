import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { createDeflater, createInflater, type DeflateSettings, type MessageTransform } from '../wire/deflate.ts'
import { close, encodeFrame, type Frame, frame, Opcode, pong, RSV1 } from '../wire/frame.ts'
import { FrameReader, type ReadFrame } from '../wire/frame-reader.ts'
import { type Arrival, Inbound } from '../wire/inbound.ts'
import type { Agreement } from '../wire/negotiation.ts'
import type { Fault, FaultName } from './naive-faults.ts'
import { MAX_MESSAGE_SIZE } from './testee.ts'

export interface NaiveOptions {
  readonly role: 'server' | 'client'
  readonly agreement?: Agreement | undefined
  readonly fault?: Fault | undefined
}

type Message = Extract<Arrival, { type: 'text' | 'binary' }>

/** Echoes on one open socket, as simply as can be, and with one fault if told so. */
export class NaiveConnection {
  readonly #socket: Socket
  readonly #role: 'server' | 'client'
  readonly #fault: Fault | undefined
  readonly #deflate: MessageTransform | undefined
  readonly #inbound: Inbound
  readonly #reader = new FrameReader()
  readonly #heldPongs: Frame[] = []
  #fragments = 0
  #opcodeBefore: number = Opcode.CONTINUATION
  #isClosing = false

  constructor(socket: Socket, { role, agreement, fault }: NaiveOptions) {
    this.#socket = socket
    this.#role = role
    this.#fault = fault
    const ours = role === 'client' ? agreement?.fromClient : agreement?.fromServer
    const theirs = role === 'client' ? agreement?.fromServer : agreement?.fromClient
    this.#deflate = ours && createDeflater(this.#spoilOurs(ours))
    this.#inbound = new Inbound({
      expectsMask: role === 'server',
      ignores: (rule, frame) => fault?.ignores === rule && fault.when?.(frame) !== false,
      ...(theirs !== undefined && { inflate: createInflater(this.#spoilTheirs(theirs)) }),
    })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.read(chunk))
  }

  read(chunk: Buffer): void {
    const frames = this.#reader.push(chunk)
    if (this.#has('frames must come whole') && frames.length === 0) this.#close(1002)
    for (const frame of this.#has('one frame read of each chunk') ? frames.slice(0, 1) : frames) this.#readFrame(frame)
    if (this.#reader.needed > MAX_MESSAGE_SIZE && !this.#has('any length accepted')) this.#close(1009)
  }

  #readFrame(frame: ReadFrame): void {
    if (this.#isClosing) this.#readAfterClose(frame)
    else this.#answer(this.#findFault(frame) ?? this.#inbound.accept(this.#spoilFragment(frame)))
  }

  #answer(arrival: Arrival): void {
    if (arrival.type === 'violation' || arrival.type === 'close') this.#close(arrival.code)
    else if (arrival.type === 'ping') this.#answerPing(arrival.payload)
    else if (arrival.type === 'text' || arrival.type === 'binary') this.#answerMessage(arrival)
    else if (arrival.type === 'pong' && this.#has('pong for a pong')) this.#send(pong(arrival.payload))
  }

  #answerPing(payload: Buffer): void {
    const answer = pong(payload)
    if (this.#has('pong only after the message') && this.#inbound.isInsideMessage) this.#heldPongs.push(answer)
    else this.#send(answer)
  }

  #answerMessage(message: Message): void {
    const { length } = message.payload
    if (this.#has('more than 1 MiB refused') && length > 1_048_576) this.#close(1009)
    const isLate = this.#has('large messages overtaken by small ones') && length > 1_000
    if (isLate) setImmediate(() => this.#sendMessage(message))
    else this.#sendMessage(message)
    for (const held of this.#heldPongs.splice(0)) this.#send(held)
  }

  #sendMessage({ type, payload }: Message): void {
    const opcode = type === 'text' ? Opcode.TEXT : Opcode.BINARY
    if (this.#deflate === undefined) this.#send(frame(opcode, payload))
    else this.#send(frame(opcode, this.#deflate(payload), { rsv: RSV1 }))
  }

  /** Answers a close frame, or fails the connection: the same close frame and the same end. */
  #close(code: number | undefined): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#send(close(code))
    // A client waits for the server to end the TCP connection (RFC 6455 section 7.1.1).
    if (this.#role === 'client' || this.#has('TCP connection not closed by the server')) return
    setImmediate(() => this.#socket.end())
  }

  #readAfterClose({ opcode, payload }: ReadFrame): void {
    if (this.#has('message answered after close') && opcode <= Opcode.BINARY) this.#send(frame(opcode, payload))
    if (this.#has('ping answered after close') && opcode === Opcode.PING) this.#send(pong(payload))
  }

  #send(frame: Frame): void {
    for (const each of this.#fault?.writes?.(frame) ?? [frame]) {
      if (this.#socket.writable) this.#socket.write(encodeFrame(each, this.#role))
    }
  }

  #has(name: FaultName): boolean {
    return this.#fault?.name === name
  }

  /** What a faulty testee finds wrong with a frame that is right. */
  #findFault(frame: ReadFrame): Arrival | undefined {
    this.#fragments = frame.opcode === Opcode.CONTINUATION ? this.#fragments + 1 : 0
    if (this.#has('more than 1,024 fragments refused') && this.#fragments > 1_024)
      return { type: 'close', code: 1008, reason: '' }
    const isPartChecked = this.#has('UTF-8 checked in each fragment by itself') && frame.opcode <= Opcode.TEXT
    return isPartChecked && !isUtf8(frame.payload) ? { type: 'close', code: 1007, reason: '' } : undefined
  }

  #spoilFragment(frame: ReadFrame): ReadFrame {
    const isAfterPing = this.#opcodeBefore === Opcode.PING
    this.#opcodeBefore = frame.opcode
    if (frame.opcode !== Opcode.CONTINUATION) return frame
    const isDropped =
      (this.#has('last fragment dropped') && frame.fin) || (this.#has('fragment after a ping dropped') && isAfterPing)
    return isDropped ? { ...frame, payload: Buffer.alloc(0) } : frame
  }

  #spoilOurs(settings: DeflateSettings): DeflateSettings {
    if (this.#has('context kept although not agreed')) return { ...settings, contextTakeover: true }
    return this.#has('window larger than agreed') ? { ...settings, windowBits: 15 } : settings
  }

  #spoilTheirs(settings: DeflateSettings): DeflateSettings {
    return this.#has('context lost although agreed') ? { ...settings, contextTakeover: false } : settings
  }
}
