import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { Duplex } from 'node:stream'
import { FrameSplitter, type TestFrame } from '../frame-splitter.ts'

/** The client's end of a transport's stream. It answers nothing by itself. */
export class TransportPeer {
  readonly stream: Duplex
  readonly #frames: TestFrame[] = []
  readonly #splitter = new FrameSplitter()
  readonly #changes = new EventEmitter()
  #head: Buffer | null = Buffer.alloc(0)
  #hasEnded = false

  constructor(stream: Duplex) {
    this.stream = stream
    stream.on('data', (chunk: Buffer) => this.#streamOnData(chunk))
    stream.on('error', () => stream.destroy())
    stream.on('close', () => this.#streamOnEnd())
    stream.on('end', () => {
      this.#streamOnEnd()
      stream.end()
    })
  }

  /** Writes copies: through a stream in memory a transport gets the very bytes, and may unmask them where they are. */
  write(...parts: readonly Uint8Array[]): void {
    for (const part of parts) if (this.stream.writable) this.stream.write(Buffer.from(part))
  }

  /** The next frame of the server, unmasked as it has to be. */
  async next(): Promise<Pick<TestFrame, 'opcode' | 'payload'>> {
    while (this.#frames.length === 0) {
      assert(!this.#hasEnded, 'the stream ended where a frame was expected')
      await once(this.#changes, 'change')
    }
    const { opcode, payload, masked } = this.#frames.shift() as TestFrame
    assert.equal(masked, false, 'a server does not mask (RFC 6455 section 5.1)')
    return { opcode, payload }
  }

  #streamOnData(chunk: Buffer): void {
    this.#frames.push(...this.#splitter.push(this.#withoutHead(chunk)))
    this.#changes.emit('change')
  }

  /** What is left of a chunk without the 101 response. */
  #withoutHead(chunk: Buffer): Buffer {
    if (this.#head === null) return chunk
    const head = Buffer.concat([this.#head, chunk])
    const end = head.indexOf('\r\n\r\n')
    this.#head = end < 0 ? head : null
    return end < 0 ? Buffer.alloc(0) : head.subarray(end + 4)
  }

  #streamOnEnd(): void {
    this.#hasEnded = true
    this.#changes.emit('change')
  }
}
