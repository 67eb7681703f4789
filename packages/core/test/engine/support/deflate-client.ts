import { createFrameHeader, decodeFrameHeader, type Extension, parseExtensions } from '@sluice/protocol'
import type { RawConnection, RawResponse } from '../../support/raw-connection.ts'
import type { Site } from '../../support/site.ts'
import { upgradeRequest } from '../../support/upgrade-request.ts'

/** A frame of the server, as it stands on the wire. */
export interface WireFrame {
  readonly opcode: number
  readonly rsv1: boolean
  readonly payload: Buffer
}

/** A client that offers extensions, and sees the frames that come of it. */
export class DeflateClient {
  readonly connection: RawConnection
  readonly response: RawResponse
  #bytes: Buffer = Buffer.alloc(0)
  readonly #frames: WireFrame[] = []
  #onFrame: (() => void) | null = null
  #hasEnded = false

  /** @throws Error when the handshake is denied */
  static async open(site: Pick<Site, 'dial'>, path: string, offer: string): Promise<DeflateClient> {
    const connection = await site.dial()
    connection.write(upgradeRequest({ path, add: [['Sec-WebSocket-Extensions', offer]] }))
    const response = await connection.response()
    if (response.status !== 101) throw new Error(`denied with ${response.status}`)
    return new DeflateClient(connection, response)
  }

  constructor(connection: RawConnection, response: RawResponse) {
    this.connection = connection
    this.response = response
    connection.handOver((chunk) => this.#read(chunk))
    void connection.end().then(() => {
      this.#hasEnded = true
      this.#onFrame?.()
    })
  }

  /** What the server agreed to, if anything. */
  get agreed(): Extension | undefined {
    const header = this.response.headers['sec-websocket-extensions']
    const extensions = header === undefined ? [] : parseExtensions(header)
    if (extensions === undefined || extensions.length > 1) throw new Error(`not one agreement: ${header}`)
    return extensions[0]
  }

  write(...frames: readonly Uint8Array[]): void {
    this.connection.write(Buffer.concat(frames))
  }

  /** The next frame. @throws Error when the stream has ended */
  async next(): Promise<WireFrame> {
    for (let frame = this.#frames.shift(); ; frame = this.#frames.shift()) {
      if (frame !== undefined) return frame
      if (this.#hasEnded) throw new Error('the stream has ended')
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onFrame = resolve
      await promise
    }
  }

  /** The code of the close frame that comes next. */
  async nextCloseCode(): Promise<number> {
    const { opcode, payload } = await this.next()
    if (opcode !== 8) throw new Error(`expected a close frame, got opcode ${opcode}`)
    return payload.readUInt16BE()
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const header = createFrameHeader()
    for (;;) {
      const start = decodeFrameHeader(this.#bytes, 0, header)
      const end = start + header.payloadLength
      if (start === 0 || this.#bytes.length < end) return
      const { opcode, rsv1 } = header
      this.#frames.push({ opcode, rsv1, payload: this.#bytes.subarray(start, end) })
      this.#bytes = this.#bytes.subarray(end)
      this.#onFrame?.()
    }
  }
}
