import { connect, type Socket } from 'node:net'

/** One HTTP response, as it came. */
export interface RawResponse {
  readonly status: number
  /** Names in lower case; the values of repeated lines joined. */
  readonly headers: Readonly<Record<string, string>>
  readonly lines: readonly string[]
  readonly body: string
}

/** One TCP connection on which a test writes and reads bytes. */
export class RawConnection {
  readonly socket: Socket
  /** Resolves when the stream is gone, however it ended. */
  readonly closed: Promise<void>
  #bytes: Buffer = Buffer.alloc(0)
  #hasEnded = false
  #isReset = false
  #onChange: () => void = () => {}

  static async dial(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', port, ...options })
    socket.setNoDelay(true)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawConnection(socket)
  }

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve())
    })
    socket.on('data', (chunk) => this.#took(chunk))
    socket.on('end', () => this.#ended())
    socket.on('error', () => this.#reset())
    socket.on('close', () => this.#ended())
  }

  /** The other side has ended its half, or all of it. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The other side cut the connection. */
  get isReset(): boolean {
    return this.#isReset
  }

  write(data: string | Uint8Array): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
  }

  /** Reads one response. @throws Error when the stream ends before it is complete */
  async response(options: { toHead?: boolean } = {}): Promise<RawResponse> {
    const headEnd = await this.#find('\r\n\r\n')
    const lines = this.#take(headEnd + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n')
    const [statusLine = '', ...fields] = lines
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
    const headers = headersOf(fields)
    const hasBody = status !== 101 && status !== 204 && options.toHead !== true
    const body = hasBody ? await this.#body(headers) : ''
    return { status, headers, lines, body }
  }

  /** Takes what has arrived and was not read. */
  rest(): Buffer {
    return this.#take(this.#bytes.length)
  }

  /** From now on what arrives goes to `take`, what has arrived first. */
  handOver(take: (chunk: Buffer) => void): void {
    const rest = this.rest()
    this.socket.removeAllListeners('data')
    this.socket.on('data', take)
    if (rest.length > 0) take(rest)
  }

  /** Resolves when the other side has ended its half. */
  async end(): Promise<void> {
    while (!this.#hasEnded) await this.#change()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    const length = headers['content-length']
    if (length !== undefined) return (await this.#exactly(Number(length))).toString('utf8')
    if (headers['transfer-encoding'] === 'chunked') return this.#chunkedBody()
    await this.end()
    return this.rest().toString('utf8')
  }

  async #chunkedBody(): Promise<string> {
    let body = ''
    for (;;) {
      const lineEnd = await this.#find('\r\n')
      const size = Number.parseInt(this.#take(lineEnd + 2).toString('latin1'), 16)
      const chunk = await this.#exactly(size + 2)
      if (size === 0) return body
      body += chunk.toString('utf8', 0, size)
    }
  }

  async #find(text: string): Promise<number> {
    for (let index = this.#bytes.indexOf(text); ; index = this.#bytes.indexOf(text)) {
      if (index >= 0) return index
      if (this.#hasEnded) throw new Error(`the stream ended after ${JSON.stringify(this.#bytes.toString('latin1'))}`)
      await this.#change()
    }
  }

  async #exactly(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      if (this.#hasEnded) throw new Error(`the stream ended ${length - this.#bytes.length} bytes too early`)
      await this.#change()
    }
    return this.#take(length)
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const previous = this.#onChange
      this.#onChange = () => {
        previous()
        resolve()
      }
    })
  }

  #changed(): void {
    const tell = this.#onChange
    this.#onChange = () => {}
    tell()
  }

  #took(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    this.#changed()
  }

  #reset(): void {
    this.#isReset = true
  }

  #ended(): void {
    this.#hasEnded = true
    this.#changed()
  }
}

function headersOf(fields: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).toLowerCase()
    const value = field.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}
